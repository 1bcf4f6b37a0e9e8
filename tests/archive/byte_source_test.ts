import assert from "node:assert/strict";
import { Archive } from "../../src/archive/archive.ts";
import { parseByteSource } from "../../src/archive/parse_byte_source.ts";
import { statusOf, textOf } from "./_read_archive.ts";
import {
  type Bytes,
  concat,
  gzip,
  pzstd,
  seeded,
  utf8,
  zstd,
} from "./_make_archives.ts";

const TEXT = utf8('[Event "x"]\n\n1. e4 e5 1-0\n\n'.repeat(2000));

async function read(database: string | URL): Promise<Bytes> {
  const chunks: Bytes[] = [];
  for await (const chunk of parseByteSource(database).read()) {
    chunks.push(chunk.slice()); // it may be overwritten
  }
  return concat(chunks);
}

/** A web server that takes range requests, or not. */
function serve(
  body: Bytes,
  options: { ranges?: boolean; headers?: Record<string, string> } = {},
) {
  const { ranges = true, headers } = options;
  const requests: string[] = [];
  const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    const range = request.headers.get("range");
    requests.push(`${request.headers.get("authorization") ?? ""}${range}`);
    if (/^\/\d+$/.test(pathname)) {
      const status = Number(pathname.slice(1));
      return new Response(status === 204 ? null : "no", { status });
    }
    if (range === null || !ranges) {
      return new Response(body, {
        headers: { "content-length": `${body.length}`, ...headers },
      });
    }
    const [from, last] = range.slice("bytes=".length).split("-").map(Number);
    const total = `/${body.length}`;
    if (from >= body.length) {
      const headers = { "content-range": `bytes *${total}` };
      return new Response(null, { status: 416, headers });
    }
    const part = body.subarray(from, last + 1);
    const place = `bytes ${from}-${from + part.length - 1}${total}`;
    return new Response(part, {
      status: 206,
      headers: { "content-range": place },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/a.pgn.zst`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server that gives one answer, as it stands, and hangs up. */
function serveRaw(answer: Bytes) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(answer);
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

function sockets(): number {
  let count = 0;
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      const file = Deno.readLinkSync(`/proc/self/fd/${name}`);
      if (file.startsWith("socket:")) count++;
    } catch {
      // the folder that is being read
    }
  }
  return count;
}

Deno.test("parseByteSource() streams a URL", async () => {
  await using server = serve(pzstd(TEXT));
  assert.deepEqual(await read(server.url), pzstd(TEXT));
  assert.deepEqual(await read(new URL(server.url)), pzstd(TEXT));
  const text = await Array.fromAsync(textOf(server.url));
  assert.deepEqual(concat(text), TEXT);
  assert.deepEqual(server.requests, ["null", "null", "null"]);
});

Deno.test("parseByteSource() does not show a URL that cannot be read", () => {
  assert.throws(() => parseByteSource("http://me:secret@host:99999/a.pgn"), {
    name: "TypeError",
    message: "Cannot read an archive as its URL cannot be read",
  });
});

Deno.test("parseByteSource() sends the password of a URL and does not show it", async () => {
  await using server = serve(TEXT);
  const url = server.url.replace("//", "//me:secret@");
  assert.deepEqual(await read(url), TEXT);
  assert.deepEqual(server.requests, [`Basic ${btoa("me:secret")}null`]);
  await assert.rejects(read(new URL("/500", url)), (error) => {
    assert.ok(!String(error).includes("secret"));
    return true;
  });
});

Deno.test("parseByteSource() refuses a URL that is not answered with the file", async () => {
  await using server = serve(TEXT);
  for (const status of [404, 403, 500]) {
    const source = new URL(`/${status}`, server.url).href;
    await assert.rejects(read(source), {
      name: "ArchiveError",
      source,
      offset: 0,
      message: new RegExp(`the server answered ${status} `),
    });
  }
  const gone = server.url;
  await server[Symbol.asyncDispose]();
  await assert.rejects(read(gone), { name: "ArchiveError", source: gone });
});

Deno.test("parseByteSource() refuses an answer that breaks off", async () => {
  const cut = TEXT.subarray(0, 5000);
  const chunk = utf8(`${cut.length.toString(16)}\r\n`);
  const answers = [
    [utf8(`Content-Length: ${TEXT.length}\r\n\r\n`), cut],
    [utf8("Transfer-Encoding: chunked\r\n\r\n"), chunk, cut, utf8("\r\n")],
  ];
  for (const answer of answers) {
    await using server = serveRaw(
      concat([utf8("HTTP/1.1 200 OK\r\n"), ...answer]),
    );
    await assert.rejects(read(server.url), {
      name: "ArchiveError",
      source: server.url,
      offset: cut.length,
    });
  }
});

Deno.test("parseByteSource() leaves a Content-Encoding alone", async () => {
  const archive = concat([gzip(TEXT), gzip(TEXT)]);
  await using server = serve(archive, {
    headers: { "content-encoding": "gzip" },
  });
  assert.deepEqual(await read(server.url), archive);
  const text = await Array.fromAsync(textOf(server.url));
  assert.deepEqual(concat(text), concat([TEXT, TEXT]));
});

Deno.test("Archive.status() of a URL equals that of the file", async () => {
  const random = seeded(9);
  const long = Uint8Array.from({ length: 11 << 20 }, () => random() * 256);
  for (const bytes of [TEXT, long, new Uint8Array(0)]) {
    await using server = serve(bytes);
    const path = `${Deno.makeTempDirSync()}/a.pgn.zst`;
    Deno.writeFileSync(path, bytes);
    const archive = new Archive(server.url);
    const status = await statusOf(archive);
    assert.deepEqual(status, await statusOf(new Archive(path)));
    assert.equal(status.size, bytes.length);
    Deno.removeSync(path.slice(0, -"/a.pgn.zst".length), { recursive: true });
  }
});

Deno.test("Archive.status() is a stream where the server takes no ranges", async () => {
  await using server = serve(TEXT, { ranges: false });
  const archive = new Archive(server.url);
  assert.deepEqual(await statusOf(archive), {
    kind: "stream",
    size: TEXT.length,
  });
});

Deno.test("Archive.status() is absent for a missing URL and, with the fault, for a broken server", async () => {
  await using server = serve(TEXT);
  const at = (status: number) => new Archive(new URL(`/${status}`, server.url));
  for (const status of [401, 403, 404, 410]) {
    assert.deepEqual(await at(status).status(), { kind: "absent" });
  }
  await using foreign = serveRaw(utf8("220 mail\r\n"));
  for (
    const archive of [
      at(204),
      at(429),
      at(500),
      at(503),
      new Archive(foreign.url),
    ]
  ) {
    const status = await archive.status();
    assert.ok(status.kind === "absent");
    assert.equal(status.fault?.name, "ArchiveError", archive.names[0]);
  }
});

Deno.test("parseByteSource() closes the connection when it is left early", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const long = new Uint8Array(20_000_000).fill(65);
  await using server = serve(long);
  const before = sockets();
  for await (const _ of parseByteSource(server.url).read()) break;
  for await (const _ of textOf(server.url)) break;
  const controller = new AbortController();
  const chunks = parseByteSource(server.url).read({
    signal: controller.signal,
  });
  await chunks.next();
  controller.abort("enough");
  await assert.rejects(async () => {
    for await (const _ of chunks);
  }, (reason) => reason === "enough");
  await read(server.url);
  for (let i = 0; i < 100 && sockets() > before; i++) { // the server's ends too
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(sockets(), before);
});

Deno.test("parseByteSource() reads ranges", async () => {
  await using server = serve(TEXT);
  const path = Deno.makeTempFileSync();
  Deno.writeFileSync(path, TEXT);
  for (const database of [path, server.url]) {
    const ranges = await parseByteSource(database).open();
    assert.ok(ranges.kind === "ranges");
    assert.equal(ranges.size, TEXT.length);
    for (const [from, to] of [[5, 5000], [0, 1], [3, 3], [900, TEXT.length]]) {
      assert.deepEqual(await ranges.read(from, to), TEXT.subarray(from, to));
    }
    await assert.rejects(ranges.read(10, TEXT.length + 1), {
      name: "ArchiveError",
    });
    ranges[Symbol.dispose]();
  }
  Deno.removeSync(path);
});

Deno.test("parseByteSource() reads a file while its signal allows", async () => {
  const path = Deno.makeTempFileSync();
  Deno.writeFileSync(path, new Uint8Array(3_000_000));
  const controller = new AbortController();
  const chunks = parseByteSource(path).read({ signal: controller.signal });
  assert.equal((await chunks.next()).value?.length, 1 << 20);
  const next = chunks.next();
  controller.abort("enough");
  await assert.rejects(next, (reason) => reason === "enough");
  assert.ok((await chunks.next()).done);
  Deno.removeSync(path);
});

Deno.test("parseByteSource() reads standard input, and lets go of it", async () => {
  const module = new URL("_read_archive.ts", import.meta.url);
  const archive = new URL("../../src/archive/archive.ts", import.meta.url);
  const script = Deno.makeTempFileSync({ suffix: ".ts" });
  Deno.writeTextFileSync(
    script,
    `import { statusOf, textOf } from "${module}";
    import { Archive } from "${archive}";
    const controller = new AbortController();
    const { signal } = controller;
    console.log((await statusOf(new Archive("-"))).kind);
    let length = 0;
    try {
      for await (const bytes of textOf("-", { signal })) {
        length += bytes.length;
        if (length === ${TEXT.length} && Deno.args[0] === "abort") {
          setTimeout(() => controller.abort("enough"), 50);
        }
        if (Deno.args[0] === "break") break;
      }
    } catch (error) {
      console.log(String(error));
    }
    console.log(length);`,
  );
  for (const how of ["end", "break", "abort"]) {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", script, how],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(zstd(TEXT));
    if (how === "end") await writer.close();
    const { stdout, stderr } = await process.output(); // it ends by itself
    if (how !== "end") await writer.close().catch(() => {});
    const [first, ...rest] = new TextDecoder().decode(stdout).trim().split(
      "\n",
    );
    assert.equal(first, "stream");
    assert.deepEqual(
      rest,
      how === "abort" ? ["enough", `${TEXT.length}`] : [`${TEXT.length}`],
      how,
    );
    assert.equal(new TextDecoder().decode(stderr), "");
  }
  Deno.removeSync(script);
});
