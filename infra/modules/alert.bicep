// One question to the workspace; whatever it finds is told.
param name string
param location string
param tags object
param title string
param severity int
param workspaceId string
param actionGroupId string

@description('Finds rows where there is something to tell.')
param query string

@description('How often it is asked, ISO 8601.')
param every string

@description('How far back it looks, ISO 8601.')
param over string

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: title
    severity: severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: every
    windowSize: over
    // Told once, until the query finds nothing again.
    autoMitigate: true
    // A new workspace knows the tables only once something has been written.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}
