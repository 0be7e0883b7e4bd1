# Builds the two packages from this clone and installs them as anybody would.
FROM node:26-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm run build && mkdir /packed \
  && npm pack --silent --pack-destination /packed ./dist/plugin-sdk ./dist/dragoman

FROM node:26-slim
WORKDIR /app
COPY --from=build /packed /packed
RUN npm install --no-audit --no-fund /packed/*.tgz && npm cache clean --force \
  && mkdir /data && chown node:node /data
USER node
# Keys and staged plugins are kept here; a gateway.yaml and a plugins folder put here are taken up.
WORKDIR /data
VOLUME /data
EXPOSE 8317
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8317/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/node_modules/.bin/dragoman"]
# The port the health check asks and Docker is told of, whatever gateway.yaml says.
CMD ["start", "--host", "0.0.0.0", "--port", "8317"]
