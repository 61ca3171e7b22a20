// The Functions app: timer, API, and the queue that brings results. Everything it reaches, it reaches with its identity.
param name string
param location string
param tags object
param planId string
param identityId string
param identityClientId string
param blobUri string
param queueUri string
param tableUri string
param deploymentContainer string
param insightsConnectionString string
param subnetId string
param maximumInstances int

@description('Settings of the sections Nightly and Gate, by their names with two underscores, and of the durable backend.')
param settings object

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: planId
    httpsOnly: true
    clientAffinityEnabled: false
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2', http20Enabled: true }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: maximumInstances }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobUri}${deploymentContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identityClientId
        AzureWebJobsStorage__blobServiceUri: blobUri
        AzureWebJobsStorage__queueServiceUri: queueUri
        AzureWebJobsStorage__tableServiceUri: tableUri
        LoraStorage__credential: 'managedidentity'
        LoraStorage__clientId: identityClientId
        LoraStorage__blobServiceUri: blobUri
        LoraStorage__queueServiceUri: queueUri
        APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
      },
      settings
    )
  }
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
