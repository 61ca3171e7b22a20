// The containers' output goes to the workspace by a diagnostic setting, which needs no key of it.
param environment string
param workspaceId string

resource apps 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: environment
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: apps
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}
