import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * Security headers of the web page: nothing inline, nothing from elsewhere but processed images. What belongs to https only
 * (Strict-Transport-Security, upgrade-insecure-requests) is left out: without a certificate the load balancer serves plain http.
 * @param imageOrigin where the processed images' temporary URLs point to
 */
export function pageHeaders(imageOrigin: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:", imageOrigin],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
      },
    },
    // Both work on https only; on plain http browsers ignore them with a warning in the console.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    strictTransportSecurity: false,
  });
}
