// A linter that needs no package: no line is longer than 120 characters, and nobody says `var`.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
let wrong = 0;
for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"))) {
  readFileSync(join(folder, name), "utf8").split("\n").forEach((line, number) => {
    const complaint = line.length > 120 ? "line too long" : /\bvar\b/.test(line) ? "say let or const" : "";
    if (complaint) {
      console.log(`${join(folder, name)}:${number + 1}:1: ${complaint}`);
      wrong += 1;
    }
  });
}
process.exit(wrong ? 1 : 0);
