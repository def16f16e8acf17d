// The reference of WebTorrent's protocol, the server of bittorrent-tracker, on a free port of
// loopback, which it prints: node --input-type=module - <reference_tracker.js
import { Server } from 'bittorrent-tracker'

const server = new Server({ udp: false, http: false, stats: false, ws: true })
server.on('error', error => { throw error })
server.on('warning', () => {}) // what clients did wrong
server.listen(0, '127.0.0.1', () => console.log(server.ws.address().port))
