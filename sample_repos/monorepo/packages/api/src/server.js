import { createServer } from "node:http";
import mime from "mime";
import { greet } from "@acme/lib";

createServer((request, response) => {
  response.writeHead(200, { "content-type": mime.getType("txt") });
  response.end(greet(request.url.slice(1)));
}).listen(3000);
