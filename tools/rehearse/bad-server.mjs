// The server of a build that does not work: it starts, and says of itself that it cannot serve.
import { createServer } from "node:http";
import process from "node:process";

createServer((request, response) => {
  response.writeHead(503, { "content-type": "text/plain" }).end("out of order\n");
}).listen(Number(process.env.PORT), "127.0.0.1");
