import { createServer } from "node:http";
import { quote } from "./quote.js";

const port = Number(process.env.PORT ?? 8080);

createServer((request, response) => {
  const asked = new URL(request.url ?? "/", "http://localhost");
  const price = Number(asked.searchParams.get("price"));
  const count = Number(asked.searchParams.get("count"));
  const fine = asked.pathname === "/quote" && price > 0 && count > 0;
  response.writeHead(fine ? 200 : 400, { "Content-Type": "application/json" });
  response.end(JSON.stringify(fine ? { cents: quote(price, count) } : { error: "say price and count" }));
}).listen(port, "0.0.0.0", () => console.log(`listening on ${port}`));

process.on("SIGTERM", () => process.exit(0));
