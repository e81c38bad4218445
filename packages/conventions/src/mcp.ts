/** Attributes of the Model Context Protocol conventions, v1.41. */
export const mcp = {
  methodName: "mcp.method.name",
  sessionId: "mcp.session.id",
  protocolVersion: "mcp.protocol.version",
  resourceUri: "mcp.resource.uri",
  requestId: "jsonrpc.request.id",
  networkTransport: "network.transport",
} as const;
