import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Failure } from '../protocol/event.js';

/**
 * Answers only who means this server. A page elsewhere can make a name of its own point at 127.0.0.1 and so read our
 * answers (DNS rebinding), but then its name stands in `Host`: we answer to localhost, to bare addresses and to the name
 * we were started with. A page of another origin is refused as well.
 */
export function guard(ownName: string): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host') ?? new URL(context.req.url).host;
    const origin = context.req.header('origin');
    if (!isOurs(host, ownName)) return context.json(strangeHost(host), 403);
    if (origin !== undefined && !isSameHost(origin, host)) return context.json(strangeOrigin(origin, host), 403);
    return next();
  };
}

function isOurs(host: string, ownName: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === ownName.toLowerCase() || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function strangeHost(host: string): Failure {
  return { where: 'Host', expected: 'localhost or an address', got: host.slice(0, 100), hint: 'Start the server with --host and that name.' };
}

function strangeOrigin(origin: string, host: string): Failure {
  return { where: 'Origin', expected: host.slice(0, 100), got: origin.slice(0, 100), hint: 'Open the page from this server.' };
}

export function headers(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    strictTransportSecurity: false, // served without TLS
  });
}
