export const USER_STATUSES = ['ACTIVE', 'SUSPENDED', 'DELETED'] as const
export type UserStatus = (typeof USER_STATUSES)[number]

/** JSON as attributes hold it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }
