/**
 * Baseline: the simplest good proxy that `ws` allows. One upstream connection per station, subprotocol kept, messages
 * forwarded as they came, no compression, nothing looked at.
 */
import { argv, stdout } from "node:process";
import { type RawData, WebSocket, WebSocketServer } from "ws";

const upstream = argv[2] ?? "";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });

server.on("connection", (station, request) => {
  const csms = new WebSocket(`${upstream}${request.url ?? "/"}`, station.protocol, { perMessageDeflate: false });
  const early: [RawData, boolean][] = [];
  station.on("message", (data, binary) => {
    if (csms.readyState === WebSocket.OPEN) csms.send(data, { binary });
    else early.push([data, binary]);
  });
  csms.on("open", () => {
    for (const [data, binary] of early) csms.send(data, { binary });
  });
  csms.on("message", (data, binary) => station.send(data, { binary }));
  station.on("close", () => csms.close());
  csms.on("close", () => station.close());
  station.on("error", () => csms.terminate());
  csms.on("error", () => station.terminate());
});

server.on("listening", () => {
  const address = server.address();
  if (typeof address === "object") stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
});
