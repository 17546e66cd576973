// Shows the API's own description, and lets it be tried out under the session of whoever looks.
const session = sessionOf();

function sessionOf() {
  return fetch('/api/session')
    .then((response) => response.json())
    .catch(() => ({ csrf: null }));
}

globalThis.SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/api/openapi.json',
  deepLinking: false,
  // It would ask another server whether the document is valid.
  validatorUrl: null,
  async requestInterceptor(request) {
    const { csrf } = await session;
    if (csrf !== null) request.headers['X-CSRF-Token'] = csrf;
    return request;
  },
});
