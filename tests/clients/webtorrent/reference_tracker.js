// The reference of WebTorrent's protocol, the server of bittorrent-tracker, on a port of loopback,
// any free one if none is given, which it prints:
//   node --input-type=module - [PORT] <reference_tracker.js
import { Server } from 'bittorrent-tracker'

const server = new Server({ udp: false, http: false, stats: false, ws: true })
server.on('error', error => { throw error })
server.on('warning', () => {}) // what clients did wrong
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.ws.address().port))
