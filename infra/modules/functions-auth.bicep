// App Service authentication before the API: without a token of the tenant nothing gets through but the question whether the app lives.
param app string
param clientId string
param openIdIssuer string

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: app
}

resource auth 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/api/health']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: { clientId: clientId, openIdIssuer: openIdIssuer }
        validation: { allowedAudiences: ['api://${clientId}', clientId] }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}
