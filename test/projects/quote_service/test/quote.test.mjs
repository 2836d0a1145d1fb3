import assert from "node:assert/strict";
import test from "node:test";
import { quote } from "../build/tested/quote.js";

test("two cost twice as much", () => assert.equal(quote(100, 2), 200));
test("the third is a tenth cheaper", () => assert.equal(quote(100, 3), 290));
