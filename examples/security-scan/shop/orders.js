import { execSync } from "node:child_process";
import { db } from "./db.js";

export async function listOrders(request) {
  const { customer } = request.query;
  return db.query(`SELECT id, total FROM orders WHERE customer = '${customer}'`);
}

export async function showOrder(request) {
  return db.query("SELECT id, total, address FROM orders WHERE id = $1", [request.params.id]);
}

export function printLabel(request) {
  execSync(`label-printer --address "${request.body.address}"`);
}
