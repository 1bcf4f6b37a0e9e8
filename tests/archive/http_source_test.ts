import assert from "node:assert/strict";
import { Archive } from "../../src/archive/archive.ts";
import type { HttpTimeouts } from "../../src/archive/http_source.ts";
import { parseByteSource } from "../../src/archive/parse_byte_source.ts";
import { errorOf } from "../_games.ts";
import { utf8 } from "./_make_archives.ts";

/** A server that answers each connection as it is told to, and how much it sent. */
function serve(answer: (connection: Deno.Conn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.read(new Uint8Array(4096));
      answer(connection).catch(() => {}); // the other side has gone
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/a.pgn`,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // it is closed
        }
      }
    },
  };
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(utf8(text));
}

async function readAll(
  url: string,
  timeouts?: HttpTimeouts,
  signal?: AbortSignal,
) {
  let length = 0;
  const chunks = parseByteSource(url, timeouts).read({ signal });
  for await (const chunk of chunks) length += chunk.length;
  return length;
}

Deno.test("HttpSource leaves a server that does not answer after the time of its option", async () => {
  using server = serve(async () => {});
  const before = performance.now();
  const error = await errorOf(() => readAll(server.url, { connect: 100 }));
  assert.match(error.message, /the server did not answer within 0.1 s/);
  const archive = new Archive(server.url, { connect: 100 });
  const status = await archive.status();
  assert.ok(status.kind === "absent" && status.fault !== undefined);
  assert.ok(performance.now() - before < 5000);
});

Deno.test("HttpSource leaves a server that sends nothing more after the time of its option", async () => {
  using server = serve(async (connection) => {
    await write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc");
  });
  const error = await errorOf(() => readAll(server.url, { inactivity: 100 }));
  assert.match(error.message, /the server sent nothing for 0.1 s/);
});

Deno.test("HttpSource leaves a server that stalls at an abort", async () => {
  for (
    const answer of ["", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"]
  ) {
    using server = serve((connection) => write(connection, answer));
    const stop = new AbortController();
    setTimeout(() => stop.abort("enough"), 50);
    const before = performance.now();
    await assert.rejects(
      readAll(server.url, {}, stop.signal),
      (reason) => reason === "enough",
    );
    await assert.rejects(
      new Archive(server.url).status(stop.signal),
      (reason) => reason === "enough",
    );
    assert.ok(performance.now() - before < 2000);
  }
});

Deno.test("HttpSource reads no more of an endless answer than it asked for", async () => {
  let sent = 0;
  using server = serve(async (connection) => {
    await write(
      connection,
      "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/1000000\r\n\r\n",
    );
    const chunk = utf8("x".repeat(65536));
    for (;;) sent += await connection.write(chunk);
  });
  const opened = await parseByteSource(server.url).open();
  assert.ok(opened.kind === "ranges");
  assert.equal((await opened.read(0, 10)).length, 10);
  assert.ok(sent < 50_000_000, String(sent));
});

Deno.test("HttpSource takes no size from a range whose total is unknown or is its own length", async () => {
  for (
    const range of ["bytes 0-0/*", "bytes 0-0/1", "bytes */1", "0-0/5", ""]
  ) {
    using server = serve((connection) =>
      write(
        connection,
        `HTTP/1.1 206 Partial Content\r\nContent-Range: ${range}\r\nContent-Length: 1\r\n\r\nx`,
      )
    );
    const status = await new Archive(server.url).status();
    assert.deepEqual(status, { kind: "stream", size: undefined }, range);
  }
});

Deno.test("HttpSource refuses timeouts that are none", () => {
  for (const value of [0, -1, NaN]) {
    assert.throws(() => new Archive("http://x/a.pgn", { connect: value }), {
      name: "RangeError",
    });
  }
});
