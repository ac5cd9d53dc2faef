import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import mime from "mime";

export async function find(url: string): Promise<{ body: Buffer; type: string } | undefined> {
  const path = posix.join("public", posix.normalize(url === "/" ? "/index.html" : url));
  try {
    return { body: await readFile(path), type: mime.getType(path) ?? "application/octet-stream" };
  } catch {
    return undefined;
  }
}
