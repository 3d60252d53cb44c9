/**
 * The code of a failed connection. Where a TLS alert meets bytes that are just being written, Node says no more than EPROTO, and what
 * OpenSSL said stands in the text alone: `write EPROTO …:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:…`.
 */
export function failureCode({ code, message }: NodeJS.ErrnoException): string {
  const said = code === "EPROTO" ? /:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] : undefined;
  return said === undefined ? (code ?? message) : `ERR_SSL_${said.toUpperCase().replaceAll(" ", "_")}`;
}
