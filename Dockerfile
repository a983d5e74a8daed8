# The controller.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY tsconfig.json ./
COPY .config .config
COPY src src
RUN npm run build && npm prune --omit=dev --omit=optional

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 1000:1000
# The young generation is kept small: the controller allocates little and lives long.
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=8", "/app/dist/main.js"]
CMD ["run"]
