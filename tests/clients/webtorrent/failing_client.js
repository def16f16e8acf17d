// A client of bittorrent-tracker's own library sends requests that the tracker refuses, and survives. Run
// from the folder of the npm packages:
//
//   node --input-type=module - ANNOUNCE_URL INFO_HASH_IN_HEX MESSAGES_IN_JSON <failing_client.js
//
// Prints each warning as JSON, then the counts of an announce, and exits.
import { Client } from 'bittorrent-tracker'

const [announce, infoHash, messages] = process.argv.slice(2)
const client = new Client({
  infoHash,
  peerId: Buffer.from('-GY0001-failing.....'),
  announce: [announce],
  port: 1,
  wrtc: {}, // it makes no offers
  getAnnounceOpts: () => ({ numwant: 0, uploaded: 0, downloaded: 0, left: 1000 })
})
client.on('error', error => { throw error })
client.on('warning', warning => console.log(JSON.stringify(warning.message)))
client.on('update', ({ complete, incomplete }) => {
  console.log(JSON.stringify({ complete, incomplete }))
  process.exit()
})

const [tracker] = client._trackers
tracker.socket.once('connect', () => {
  for (const message of JSON.parse(messages)) tracker._send(message)
  client.update()
})
