/** What a basket costs, in cents: from the third piece on, each is a tenth cheaper. */
export function quote(price: number, count: number): number {
  const full = Math.min(count, 2);
  const reduced = count - full;
  return full * price + Math.round(reduced * price * 0.9);
}
