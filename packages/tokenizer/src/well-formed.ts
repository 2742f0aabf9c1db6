/** UTF-8 has no lone surrogates: each becomes U+FFFD, as TextEncoder does it. */
export const toWellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\uFFFD');
