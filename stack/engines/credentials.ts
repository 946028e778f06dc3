/** What the local engines take for a key of AWS. Tables belong to the key that made them. */
export const LOCAL_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' } as const

/** For this process and those that it starts. The log finds them as it does anywhere. */
export function setLocalCredentials(): void {
  delete process.env.AWS_PROFILE
  delete process.env.AWS_SESSION_TOKEN
  Object.assign(process.env, LOCAL_CREDENTIALS)
}
