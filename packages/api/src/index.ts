export { ApiError, type CallOptions, type Client, type ClientOptions, createClient } from './client.ts';
export { type Answer, type Asked, type Asking, ROUTES, type Route, type RouteName, type Routes } from './routes.ts';
export * from './shapes/index.ts';
