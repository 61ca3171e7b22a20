// Where telemetry and the containers' output are kept.
param name string
param location string
param tags object
param retentionDays int

@description('Gigabytes a day after which nothing more is taken; a loop that logs must not cost more than the GPU. -1: no limit.')
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

output id string = workspace.id
output customerId string = workspace.properties.customerId
