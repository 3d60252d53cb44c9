/** A TCP proxy whose connections a test can cut, as a network does: without a word to either side's protocol. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CuttableProxy {
  readonly port: number;
  /** Destroys every connection; new ones pass. */
  cut(): void;
  close(): Promise<void>;
}

export async function cuttableProxy(target: { readonly port: number }): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(target.port, "127.0.0.1");
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
