// One WebTorrent client in Node.js, version 1 over libwebrtc. Run from the folder of the npm packages:
//
//   node --input-type=module - seed FILE ANNOUNCE_URL <node_peer.js      prints the magnet link
//   node --input-type=module - leech MAGNET_LINK FOLDER <node_peer.js    prints "done"
//
// Seeds until SIGTERM, then announces stopped.
import { createRequire } from 'module'
import WebTorrent from 'webtorrent-1'

const wrtc = createRequire(process.cwd() + '/')('@roamhq/wrtc')
const [role, source, destination] = process.argv.slice(2)
const client = new WebTorrent({
  dht: false, lsd: false, utp: false, tracker: { wrtc, rtcConfig: { iceServers: [] } }
})
client.on('error', error => { throw error })
client.on('warning', warning => console.error(warning))
process.on('SIGTERM', () => client.destroy(() => process.exit()))

if (role === 'seed') {
  client.seed(source, { announce: [destination] }, torrent => console.log(torrent.magnetURI))
} else {
  const torrent = client.add(source, { path: destination })
  torrent.on('warning', warning => console.error(warning))
  torrent.on('done', () => console.log('done'))
}
