import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'

export interface PlaygroundOptions {
  /** The path of the GraphQL endpoint, for HTTP and WebSocket alike. */
  readonly graphqlPath: string
}

/** Where `npm run build` leaves the bundle: dist/playground/<id>/<file>.gz. The id changes with the content. */
const BUNDLES = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/playground/' : '../playground/',
  import.meta.url,
)

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

/**
 * Everything comes from this server, and nothing else is asked for anything. The editor writes its own style elements, hence
 * inline styles; its icons and fonts are inlined in the style sheet as data.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** GET /playground: an IDE for the API, with no CDN. Answers 503 where the bundle has not been built. */
export async function playground(app: FastifyInstance, { graphqlPath }: PlaygroundOptions): Promise<void> {
  const id = await bundleId()

  app.get('/playground', (_request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-cache' })
    if (id === null) {
      return reply.code(503).type('text/plain').send('The playground is not built. Run: npm run build\n')
    }
    return reply.type('text/html; charset=utf-8').send(page(`/playground/${id}`, graphqlPath))
  })

  app.get<{ Params: { id: string; file: string } }>('/playground/:id/:file', async (request, reply) => {
    const { file } = request.params
    const type = TYPES[file.slice(file.lastIndexOf('.') + 1)]
    if (id === null || request.params.id !== id || type === undefined || !FILE_NAME.test(file)) {
      return reply.callNotFound()
    }
    const stored = new URL(`${id}/${file}.gz`, BUNDLES)
    if (!(await isFile(stored))) return reply.callNotFound()
    reply.headers({
      ...SECURITY_HEADERS,
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    return sendGzipped(reply, stored, request.headers['accept-encoding'] ?? '')
  })
}

/** No separator and no leading dot: a name never leaves the bundle's folder. */
const FILE_NAME = /^\w[\w.-]*$/

function sendGzipped(reply: FastifyReply, stored: URL, accepted: string): FastifyReply {
  const gzipped = createReadStream(stored)
  if (/\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(gzipped)
  return reply.send(gzipped.pipe(createGunzip()))
}

async function bundleId(): Promise<string | null> {
  const names = await readdir(BUNDLES).catch(() => [])
  return names.find((name) => FILE_NAME.test(name)) ?? null
}

const isFile = async (place: URL): Promise<boolean> =>
  (await stat(place).catch(() => null))?.isFile() ?? false

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E' +
  '%3Ccircle cx=%228%22 cy=%225%22 r=%223%22 fill=%22%23d6409f%22/%3E' +
  '%3Cpath d=%22M2 15a6 6 0 0 1 12 0z%22 fill=%22%23d6409f%22/%3E%3C/svg%3E'

const page = (bundle: string, graphqlPath: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rollcall playground</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${bundle}/style.css">
<script type="module" src="${bundle}/main.js"></script>
</head>
<body>
<div id="playground" data-graphql-path="${escapeHtml(graphqlPath)}"></div>
</body>
</html>
`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
