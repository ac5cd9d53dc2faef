import { createServer } from "node:http";
import { find } from "./files.js";

const port = Number(process.env.PORT ?? 3000);

createServer(async (request, response) => {
  const file = await find(request.url ?? "/");
  response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain" });
  response.end(file?.body ?? "not found\n");
}).listen(port);
