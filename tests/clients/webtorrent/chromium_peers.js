// Two pages of a headless Chromium move a file with webtorrent, each with its own client and
// connection. Run from the folder of the npm packages:
//
//   node --input-type=module - FILE ANNOUNCE_URL PROFILE_FOLDER <chromium_peers.js
//
// Prints the SHA-256 of the received file and keeps seeding until SIGTERM.
import { readFileSync } from 'fs'
import { createServer } from 'http'
import { chromium } from 'playwright-core'

const [file, announce, profile] = process.argv.slice(2)
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--no-default-browser-check', '--disable-default-apps', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-domain-reliability',
  '--disable-client-side-phishing-detection', '--metrics-recording-only',
  '--proxy-server=direct://', '--ignore-certificate-errors',
  '--disable-features=WebRtcHideLocalIpsWithMdns'
]
const PAGES = {
  '/': ['text/html', '<!doctype html><title>webtorrent</title>'],
  '/webtorrent.js': ['text/javascript', readFileSync('node_modules/webtorrent/dist/webtorrent.min.js')],
  '/shared.bin': ['application/octet-stream', readFileSync(file)]
}

const server = createServer((request, response) => {
  const [type, body] = PAGES[request.url] ?? ['text/plain', '']
  response.writeHead(PAGES[request.url] ? 200 : 404, { 'Content-Type': type }).end(body)
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium', headless: true, chromiumSandbox: false, args: FLAGS
})
process.on('SIGTERM', () => context.close().then(() => process.exit()))

async function newPage () {
  const page = await context.newPage()
  page.on('console', message => console.error(message.text()))
  page.on('pageerror', error => console.error(error))
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  await page.evaluate(async () => {
    const { default: WebTorrent } = await import('/webtorrent.js')
    window.client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } })
    window.client.on('error', error => console.log(`error: ${error}`))
    window.client.on('warning', warning => console.log(`warning: ${warning}`))
  })
  return page
}

const [seeder, leecher] = await Promise.all([newPage(), newPage()])
const magnet = await seeder.evaluate(async announce => {
  const blob = await (await fetch('/shared.bin')).blob()
  return new Promise(resolve => window.client.seed(
    new File([blob], 'shared.bin'), { announce: [announce] }, torrent => resolve(torrent.magnetURI)))
}, announce)
console.log(await leecher.evaluate(async magnet => {
  const torrent = await new Promise(resolve => window.client.add(magnet, resolve))
  if (!torrent.done) await new Promise(resolve => torrent.on('done', resolve))
  const content = await (await torrent.files[0].blob()).arrayBuffer()
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content))
  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')
}, magnet))
