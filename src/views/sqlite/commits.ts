/** How many transactions this thread has written to views: its readers see them at once. */
export const commits = { ofThread: 0 }
