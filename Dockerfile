# Watchkeeper as a container: the same launcher as in a checkout, with packages
# and build made once, so that the root file system can be read-only.
FROM node:24-slim

ENV NODE_ENV=production WATCHKEEPER_NO_PROVISION=1
WORKDIR /opt/watchkeeper

# No package needs its install script: esbuild and lmdb bring their binaries as packages.
# Packages that train on a graphics card are of no use in this image: it has no driver, and their
# binaries are not there. (--omit=optional would leave out those of esbuild and lmdb too.)
# The stamp tells the launcher that node_modules matches the lock.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && cd node_modules/@tensorflow \
  && rm -rf tfjs tfjs-node tfjs-node-gpu tfjs-data tfjs-converter tfjs-backend-webgl tfjs-backend-webgpu ../webgpu \
  && cd ../.. \
  && sha256sum package-lock.json | cut -d ' ' -f 1 > node_modules/.watchkeeper-lock

COPY . .
RUN node scripts/build.mjs \
  && mkdir /data \
  && chown node:node /data \
  && chmod 700 /data

USER node
VOLUME /data
EXPOSE 7180

# Anything but loopback is served with TLS; the site's own authority lies in /data/tls/ca.crt.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "require('node:https').get({ host: '127.0.0.1', port: 7180, path: '/readyz', ca: require('node:fs').readFileSync('/data/tls/ca.crt') }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]

CMD ["node", "watchkeeper", "up", "--host", "0.0.0.0", "--port", "7180", "--data", "/data", "--no-provision"]
