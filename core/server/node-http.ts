/**
 * What is needed of `node:http` at run time. An import would read every export of that module, WebSocket among them, and so load
 * Node's own copy of undici: 20 ms and 4 MB that nobody needs. `test/house.test.ts` sees that there is none.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
