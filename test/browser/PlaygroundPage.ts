import type { Page, Response } from 'playwright-core'

/** What the page did that it must not: errors in its console, and requests to any other host. */
export interface Complaints {
  readonly errors: string[]
  readonly foreignRequests: string[]
}

/** The playground as its user sees it. */
export class PlaygroundPage {
  readonly complaints: Complaints = { errors: [], foreignRequests: [] }
  private readonly page: Page
  private readonly host: string

  constructor(page: Page, baseUrl: string) {
    this.page = page
    this.host = new URL(baseUrl).host
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.errors.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.errors.push(error.message))
    page.on('request', (request) => this.noteRequest(request.url()))
    page.on('websocket', (socket) => this.noteRequest(socket.url()))
  }

  async open(baseUrl: string): Promise<void> {
    await this.page.goto(`${baseUrl}/playground`)
    await this.page.waitForSelector('.graphiql-query-editor .view-line')
  }

  /** Returns when the page has read the schema with the key. */
  async signIn(key: string, tenant: string): Promise<void> {
    const schemaRead = this.page.waitForResponse((response) => isGraphql(response) && asksForSchema(response))
    await this.page.fill('input[name=key]', key)
    await this.page.fill('input[name=tenant]', tenant)
    await this.page.keyboard.press('Enter')
    await schemaRead
  }

  async openTab(title: string): Promise<void> {
    await this.page.getByTitle(title, { exact: true }).click()
  }

  /** Pasted, not typed: the editor closes brackets and quotes that one types. */
  async pasteVariables(variables: unknown): Promise<void> {
    await this.page.click('.graphiql-editor-tool .monaco-editor:visible')
    await this.page.keyboard.press('ControlOrMeta+A')
    await this.page.evaluate(pasteScript(JSON.stringify(variables)))
  }

  async pasteHeaders(headers: unknown): Promise<void> {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click()
    await this.pasteVariables(headers)
  }

  async reload(): Promise<void> {
    await this.page.reload()
    await this.page.waitForSelector('.graphiql-query-editor .view-line')
  }

  /** What the field of the key holds. */
  key(): Promise<string> {
    return this.page.inputValue('input[name=key]')
  }

  /** All that the browser keeps for longer than this tab: local storage, cookies, databases. */
  async kept(): Promise<string> {
    return JSON.stringify(await this.page.context().storageState({ indexedDB: true }))
  }

  /** What this tab keeps for itself. */
  async keptForTab(): Promise<string> {
    return String(await this.page.evaluate('JSON.stringify({ ...sessionStorage })'))
  }

  /** Presses the button and returns the server's answer. */
  async run(): Promise<Record<string, unknown>> {
    const answer = this.page.waitForResponse((response) => isGraphql(response) && !asksForSchema(response))
    await this.start()
    return (await (await answer).json()) as Record<string, unknown>
  }

  /** Presses the button and waits for nothing. */
  async start(): Promise<void> {
    await this.page.click('.graphiql-execute-button')
  }

  /** Whether the response pane shows the text within the time. */
  async shows(text: string, timeoutMs: number): Promise<boolean> {
    const pane = this.page.locator('.graphiql-response .view-lines')
    const shown = pane.filter({ hasText: text }).waitFor({ timeout: timeoutMs })
    return shown.then(
      () => true,
      () => false,
    )
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path })
  }

  private noteRequest(url: string): void {
    const { protocol, host } = new URL(url)
    const inline = protocol === 'data:' || protocol === 'blob:'
    if (!inline && host !== this.host) this.complaints.foreignRequests.push(url)
  }
}

/** A script for the page: what a browser does upon Ctrl+V. */
const pasteScript = (text: string): string => `{
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', ${JSON.stringify(text)})
  const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
  document.activeElement.dispatchEvent(paste)
}`

const isGraphql = (response: Response): boolean =>
  response.request().method() === 'POST' && new URL(response.url()).pathname === '/graphql'

const asksForSchema = (response: Response): boolean =>
  response.request().postData()?.includes('IntrospectionQuery') ?? false
