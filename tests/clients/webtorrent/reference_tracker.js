// The reference tracker, bittorrent-tracker's server, on a loopback port
// (any free one by default), which it prints:
//   node --input-type=module - [PORT] <reference_tracker.js
import { Server } from 'bittorrent-tracker'

const server = new Server({ udp: false, http: false, stats: false, ws: true })
server.on('error', error => { throw error })
server.on('warning', () => {}) // clients' mistakes
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.ws.address().port))
