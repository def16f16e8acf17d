// Two clients of bittorrent-tracker's own library meet at a tracker: announce, offer and answer,
// a message over the data channel, completed, scrape, stopped. Run from the folder of the npm packages:
//
//   node --input-type=module - ANNOUNCE_URL INFO_HASH_IN_HEX <tracker_clients.js
//
// Prints a line of JSON per step, and exits.
import { once } from 'events'
import { Client } from 'bittorrent-tracker'

const [announce, infoHash] = process.argv.slice(2)

// Clients of one process share a socket unless their URLs differ.
function newClient (name, left) {
  const client = new Client({
    infoHash,
    peerId: Buffer.from(`-GY0001-${name}`.padEnd(20, '.')),
    announce: [`${announce}/${name}`],
    port: 1,
    rtcConfig: { iceServers: [], bindAddress: '127.0.0.1' },
    getAnnounceOpts: () => ({ numwant: 2, uploaded: 0, downloaded: 0, left })
  })
  client.on('error', error => { throw error })
  client.on('warning', warning => print(name, { warning: warning.message }))
  return client
}

function print (name, value) {
  console.log(JSON.stringify([name, value]))
}

async function counts (name, client, act) {
  const updated = once(client, 'update')
  act()
  const [{ complete, incomplete, interval }] = await updated
  print(name, { complete, incomplete, interval })
}

async function connected (client, word) {
  const [peer] = await once(client, 'peer')
  peer.on('error', () => {}) // the other one closes it
  const heard = once(peer, 'data')
  if (!peer.connected) await once(peer, 'connect')
  peer.send(word)
  return { peer_id: Buffer.from(peer.id, 'hex').toString(), heard: Buffer.from((await heard)[0]).toString() }
}

const seeder = newClient('seeder', 0)
const leecher = newClient('leecher', 1000)
await counts('seeder', seeder, () => seeder.start())
const channels = [connected(seeder, 'from the seeder'), connected(leecher, 'from the leecher')]
await counts('leecher', leecher, () => leecher.start())
print('seeder', await channels[0])
print('leecher', await channels[1])
await counts('leecher', leecher, () => leecher.complete({ left: 0 }))
const scraped = once(seeder, 'scrape')
seeder.scrape()
const [{ complete, incomplete, downloaded }] = await scraped
print('seeder', { complete, incomplete, downloaded })
await counts('leecher', leecher, () => leecher.stop())
await counts('seeder', seeder, () => seeder.stop())
process.exit()
