// Reads the URLs of Redis servers, their sockets, and clusters.

/** Where a Redis server is, and how to log in. */
export interface RedisAddress {
  /** The URL without its password, for messages. */
  readonly shown: string;
  /** Its name or address. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** The user to log in as; the default one where there is only a password. */
  readonly username?: string;
  /** The password to log in with. */
  readonly password?: string;
  /** The number of the database. */
  readonly database: number;
  /** The path of the server's socket, where it has one of this machine. */
  readonly path?: string;
  /** Some of the nodes of a Redis Cluster, where it is one. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
}

/**
 * Reads the URL of a server (`redis:`, `rediss:`), of its socket on this machine
 * (`redis+unix:`), or of a Redis Cluster (`redis+cluster:`, `rediss+cluster:`).
 *
 * @throws {TypeError} If it is none; the message never shows its password.
 */
export function parseRedisUrl(url: string | URL): RedisAddress {
  const text = String(url);
  const scheme = /^[a-z+]*:/i.exec(text)?.[0].toLowerCase();
  switch (scheme) {
    case "redis+cluster:":
    case "rediss+cluster:":
      return parseClusterUrl(text, scheme);
    case "redis+unix:":
      return parseSocketUrl(text);
    default:
      return parseServerUrl(url);
  }
}

/** The permission to connect to a server. */
export function netOf(host: string, port: number | string) {
  const name = host.includes(":") ? `[${host}]` : host;
  return { name: "net", host: `${name}:${port}` } as const;
}

function parseServerUrl(url: string | URL): RedisAddress {
  // The parser's own errors quote the URL with its password.
  if (!(url instanceof URL) && !URL.canParse(url)) {
    throw new TypeError("Cannot use the URL of the cache as it is no URL");
  }
  const parsed = new URL(url);
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") {
    throw new TypeError(
      "Cannot use the URL of the cache as its scheme must be redis: or " +
        `rediss:: current value is ${protocol}`,
    );
  }
  const database = pathname.replace(/^\//, "");
  // What is here may be the rest of a password: it is not shown.
  if (!/^\d*$/.test(database) || parsed.search + parsed.hash !== "") {
    throw new TypeError(
      "Cannot use the URL of the cache as only the number of a database may " +
        "follow the host: write /, ? and # in a password as %2F, %3F and %23",
    );
  }
  const host = hostname === "" ? "127.0.0.1" : hostname;
  const path = database === "" ? "" : `/${database}`;
  return {
    shown: `${protocol}//${loginOf(username, password)}${host}:${
      port || 6379
    }${path}`,
    host: withoutBrackets(host),
    port: Number(port || 6379),
    tls: protocol === "rediss:",
    ...decodeLogin(username, password),
    database: Number(database),
  };
}

const CLUSTER_URL_REGEXP =
  /^[a-z+]+:\/\/(?:([^@:/]*)(?::([^@/]*))?@)?([^@/?#]+)\/?$/i;
const NODE_REGEXP = /^(\[[0-9a-f:.]+\]|[^[\]:]+)(?::(\d{1,5}))?$/i;

function parseClusterUrl(url: string, scheme: string): RedisAddress {
  const [, username = "", password = "", hosts = ""] =
    CLUSTER_URL_REGEXP.exec(url) ?? [];
  const nodes = hosts.split(",").map((node) => {
    const [, host = "", port = "6379"] = NODE_REGEXP.exec(node) ?? [];
    return { host: withoutBrackets(host), port: Number(port) };
  });
  if (nodes.some(({ host, port }) => host === "" || port > 65535)) {
    throw new TypeError(
      `Cannot use the URL of the cache as it must be ${scheme}//host:port,host:port`,
    );
  }
  return {
    shown: `${scheme}//${loginOf(username, password)}${hosts}`,
    ...nodes[0],
    tls: scheme === "rediss+cluster:",
    ...decodeLogin(username, password),
    database: 0,
    nodes,
  };
}

const SOCKET_URL_REGEXP =
  /^[a-z+]+:\/\/(?:([^@:/]*)(?::([^@/]*))?@)?(\/[^?#]+)(?:\?db=(\d+))?$/i;

function parseSocketUrl(url: string): RedisAddress {
  const match = SOCKET_URL_REGEXP.exec(url);
  if (match === null) {
    throw new TypeError(
      "Cannot use the URL of the cache as it must be " +
        "redis+unix://user:password@/path/to/socket?db=0",
    );
  }
  const [, username = "", password = "", path, database = "0"] = match;
  return {
    shown: `redis+unix://${loginOf(username, password)}${path}`,
    host: "",
    port: 0,
    tls: false,
    ...decodeLogin(username, password),
    database: Number(database),
    path: decode(path),
  };
}

/** The login of a URL as it may be shown. */
function loginOf(username: string, password: string): string {
  if (username + password === "") return "";
  return `${username}${password === "" ? "" : ":***"}@`;
}

function decodeLogin(username: string, password: string) {
  return {
    username: decode(username) || undefined,
    password: decode(password) || undefined,
  };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      "Cannot use the URL of the cache as its user, password or path is " +
        "wrongly percent-encoded",
    );
  }
}
