// Everything a team needs for its nights, in one resource group. README.md, "In Azure", says how it is used; runbook.md what to do on the day.
targetScope = 'resourceGroup'

@description('Part of every name, e.g. dev or prod.')
@minLength(2)
@maxLength(8)
param environmentName string

param location string = resourceGroup().location

@description('Where the GPUs are; serverless GPUs are not in every region.')
param gpuLocation string = location

@allowed(['T4', 'A100'])
param gpu string = 'T4'

@description('GPUs at once, and trainings on the queue at once.')
@minValue(1)
@maxValue(20)
param maxParallelGpuJobs int = 1

@description('Longest an execution may run. Longer than the longest night: one that is ended goes on from its checkpoint, but downloads its models again.')
param gpuJobLimit int = 21600

@description('The worker\'s image, e.g. lora-worker:0.1.0 in the registry below; empty before the first one is pushed, and there is no GPU job then.')
param workerImage string = ''

@description('Where the durable engine keeps its journal. Scheduler needs the package Microsoft.Azure.Functions.Worker.Extensions.DurableTask.AzureManaged in the Functions project.')
@allowed(['AzureStorage', 'Scheduler'])
param durableBackend string = 'AzureStorage'

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Storage behind private endpoints, app and GPU job in a network of their own.')
param privateNetworking bool = false

@description('Object id of the Entra group that downloads pictures.')
param marketingGroupId string = ''

@description('Object id of the Entra group that brings photos, models and configuration.')
param operatorsGroupId string = ''

@description('Client id of the app registration that the API is called with. Empty: the API answers nobody.')
param apiClientId string = ''

@description('Who gets alerts and budget mails.')
param alertEmails array = []

@description('A month\'s limit in the subscription\'s currency.')
param monthlyBudget int = 300

@description('First day of the month the budget begins in.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Local hour at which a night must have ended: Nightly:Deadline.')
param deadlineHour int = 8

@description('Hours between UTC and Nightly:TimeZone.')
param utcOffsetHours int = 8

@description('Further settings of the app, e.g. { Nightly__MinPhotos: \'60\' }.')
param nightSettings object = {}

@description('Gigabytes of telemetry a day.')
param logsDailyCapGb int = 1

var suffix = uniqueString(resourceGroup().id, environmentName)
var tags = { application: 'lora-functions', environment: environmentName }
var name = 'lora-${environmentName}'
var short = take('lora${replace(environmentName, '-', '')}${suffix}', 24)

var profiles = {
  T4: { name: 'gpu', type: 'Consumption-GPU-NC8as-T4', cpu: 8, memory: '56Gi' }
  A100: { name: 'gpu', type: 'Consumption-GPU-NC24-A100', cpu: 24, memory: '220Gi' }
}

// The built-in roles, by their ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  blobDelegator: 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  queueSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  durableWorker: '80d0d6b0-f522-40a4-8886-a5a11720c375'
}

var deploymentContainer = 'deployment'
// What the worker reads; of all that only `jobs` is its to write. Published LoRAs and pictures are written by the app.
var workerReads = ['vehicle-photos', 'config', 'base-models', 'datasets', 'loras']
var workerWrites = ['jobs']
var operatorsWrite = ['vehicle-photos', 'changed-listings', 'config', 'base-models']
var marks = ['changed-listings']
var assets = ['asset-library']
var jobQueue = 'gpu-jobs'
var resultQueue = 'gpu-results'
var changesQueue = 'listing-changes'
// Messages that are none go where Functions put theirs.
var poisonQueue = '${jobQueue}-poison'

module appIdentity 'modules/identity.bicep' = {
  params: { name: '${name}-app', location: location, tags: tags }
}

module workerIdentity 'modules/identity.bicep' = {
  params: { name: '${name}-worker', location: location, tags: tags }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  params: { name: name, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  params: { name: short, location: location, tags: tags, sku: storageSku, isPrivate: privateNetworking }
}

module endpoints 'modules/private-endpoint.bicep' = [
  for service in ['blob', 'queue', 'table']: if (privateNetworking) {
    name: 'endpoint-${service}'
    params: {
      name: '${name}-${service}'
      location: location
      tags: tags
      accountId: storage.outputs.id
      subnetId: network!.outputs.endpointsSubnetId
      networkId: network!.outputs.id
      service: service
    }
  }
]

module blobService 'modules/blob-service.bicep' = {
  params: { account: storage.outputs.name, retentionDays: 7 }
}

module containers 'modules/containers.bicep' = {
  params: { account: storage.outputs.name, names: concat(workerReads, workerWrites, marks, assets, [deploymentContainer]) }
}

module queues 'modules/queues.bicep' = {
  params: { account: storage.outputs.name, names: [jobQueue, resultQueue, poisonQueue, changesQueue] }
}

// Whatever changes below a listing's folder comes to the app, which marks the listing for the next night.
module storageEvents 'modules/storage-events.bicep' = {
  params: { name: name, location: location, tags: tags, account: storage.outputs.name }
}

module eventsOnQueue 'modules/roles-on-queues.bicep' = {
  params: { account: storage.outputs.name, queues: [changesQueue], principalId: storageEvents.outputs.principalId, roleId: roles.queueSender }
  dependsOn: [queues]
}

module listingChanges 'modules/blob-events-to-queue.bicep' = {
  params: { topic: storageEvents.outputs.name, account: storage.outputs.name, container: 'vehicle-photos', queue: changesQueue }
  dependsOn: [eventsOnQueue]
}

module lifecycle 'modules/lifecycle.bicep' = {
  params: { account: storage.outputs.name, unpublishedDays: 30, coolAfterDays: 90 }
}

// The app: its own journal, every container, and shared access for downloads signed by its identity.
var appRoles = [roles.blobOwner, roles.queueContributor, roles.tableContributor, roles.blobDelegator]

module appOnStorage 'modules/role-on-account.bicep' = [
  for (role, i) in appRoles: {
    name: 'app-role-${i}'
    params: { account: storage.outputs.name, principalId: appIdentity.outputs.principalId, roleId: role }
  }
]

module workerReading 'modules/roles-on-containers.bicep' = {
  params: { account: storage.outputs.name, containers: workerReads, principalId: workerIdentity.outputs.principalId, roleId: roles.blobReader }
  dependsOn: [containers]
}

module workerWriting 'modules/roles-on-containers.bicep' = {
  params: { account: storage.outputs.name, containers: workerWrites, principalId: workerIdentity.outputs.principalId, roleId: roles.blobContributor }
  dependsOn: [containers]
}

module workerOnQueues 'modules/roles-on-queues.bicep' = {
  params: { account: storage.outputs.name, queues: [jobQueue, resultQueue, poisonQueue], principalId: workerIdentity.outputs.principalId, roleId: roles.queueContributor }
  dependsOn: [queues]
}

module marketing 'modules/roles-on-containers.bicep' = if (!empty(marketingGroupId)) {
  params: { account: storage.outputs.name, containers: assets, principalId: marketingGroupId, principalType: 'Group', roleId: roles.blobReader }
  dependsOn: [containers]
}

module operators 'modules/roles-on-containers.bicep' = if (!empty(operatorsGroupId)) {
  params: { account: storage.outputs.name, containers: operatorsWrite, principalId: operatorsGroupId, principalType: 'Group', roleId: roles.blobContributor }
  dependsOn: [containers]
}

module logs 'modules/logs.bicep' = {
  params: { name: name, location: location, tags: tags, retentionDays: 30, dailyCapGb: logsDailyCapGb }
}

module insights 'modules/insights.bicep' = {
  params: { name: name, location: location, tags: tags, workspaceId: logs.outputs.id }
}

module appOnInsights 'modules/role-on-insights.bicep' = {
  params: { insights: insights.outputs.name, principalId: appIdentity.outputs.principalId, roleId: roles.metricsPublisher }
}

module workerOnInsights 'modules/role-on-insights.bicep' = {
  params: { insights: insights.outputs.name, principalId: workerIdentity.outputs.principalId, roleId: roles.metricsPublisher }
}

module registry 'modules/registry.bicep' = {
  params: { name: short, location: location, tags: tags, sku: 'Basic' }
}

module workerOnRegistry 'modules/role-on-registry.bicep' = {
  params: { registry: registry.outputs.name, principalId: workerIdentity.outputs.principalId, roleId: roles.acrPull }
}

module scheduler 'modules/scheduler.bicep' = if (durableBackend == 'Scheduler') {
  params: { name: name, location: location, tags: tags, capacity: 1 }
}

module taskHub 'modules/task-hub.bicep' = if (durableBackend == 'Scheduler') {
  params: { scheduler: scheduler!.outputs.name, name: 'nights', principalId: appIdentity.outputs.principalId, roleId: roles.durableWorker }
}

module plan 'modules/functions-plan.bicep' = {
  params: { name: name, location: location, tags: tags }
}

// host.json names Azure Storage; an app setting goes before it.
var schedulerSettings = durableBackend == 'Scheduler'
  ? {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      AzureFunctionsJobHost__extensions__durableTask__hubName: 'nights'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${appIdentity.outputs.clientId}'
    }
  : {}

module app 'modules/functions-app.bicep' = {
  params: {
    name: '${name}-${suffix}'
    location: location
    tags: tags
    planId: plan.outputs.id
    identityId: appIdentity.outputs.id
    identityClientId: appIdentity.outputs.clientId
    blobUri: storage.outputs.blobUri
    queueUri: storage.outputs.queueUri
    tableUri: storage.outputs.tableUri
    deploymentContainer: deploymentContainer
    insightsConnectionString: insights.outputs.connectionString
    subnetId: privateNetworking ? network!.outputs.functionsSubnetId : ''
    maximumInstances: 40
    settings: union({ Nightly__MaxTrainingsAtOnce: string(maxParallelGpuJobs) }, schedulerSettings, nightSettings)
  }
  dependsOn: [appOnStorage, containers]
}

module auth 'modules/functions-auth.bicep' = {
  params: {
    app: app.outputs.name
    // An id that no app has lets nobody in.
    clientId: empty(apiClientId) ? '00000000-0000-0000-0000-000000000000' : apiClientId
    openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
  }
}

module gpuEnvironment 'modules/container-environment.bicep' = {
  params: {
    name: name
    location: gpuLocation
    tags: tags
    gpuProfile: profiles[gpu]
    subnetId: privateNetworking ? network!.outputs.jobsSubnetId : ''
  }
}

module gpuEnvironmentLogs 'modules/environment-logs.bicep' = {
  params: { environment: gpuEnvironment.outputs.name, workspaceId: logs.outputs.id }
}

module gpuJob 'modules/gpu-job.bicep' = if (!empty(workerImage)) {
  params: {
    name: '${name}-gpu'
    location: gpuLocation
    tags: tags
    environmentId: gpuEnvironment.outputs.id
    identityId: workerIdentity.outputs.id
    identityClientId: workerIdentity.outputs.clientId
    registryServer: registry.outputs.loginServer
    image: '${registry.outputs.loginServer}/${workerImage}'
    profile: profiles[gpu]
    account: storage.outputs.name
    blobUri: storage.outputs.blobUri
    queueUri: storage.outputs.queueUri
    queue: jobQueue
    insightsConnectionString: insights.outputs.connectionString
    maxParallel: maxParallelGpuJobs
    executionLimitSeconds: gpuJobLimit
  }
  dependsOn: [workerOnRegistry, workerOnQueues, workerReading, workerWriting]
}

module people 'modules/action-group.bicep' = {
  params: { name: name, tags: tags, emails: alertEmails }
}

// The names are those of LoraFunctions.Pipeline's Telemetry and the worker's.
var alerts = [
  {
    name: 'night-late'
    title: 'The night has not ended by its deadline'
    severity: 1
    every: 'PT1H'
    over: 'P1D'
    query: 'let offset = ${utcOffsetHours}h; let localNow = now() + offset; AppMetrics | where Name == "lora.nights" and tostring(Properties["lora.night.status"]) != "Failed" and TimeGenerated + offset >= startofday(localNow) | summarize nights = sum(Sum) | where coalesce(nights, 0.0) == 0 and hourofday(localNow) >= ${deadlineHour}'
  }
  {
    name: 'poison'
    title: 'A message that nobody could work on'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    query: 'union (AppMetrics | where Name == "lora.jobs.refused" and Sum > 0 | project TimeGenerated), (AppTraces | where Message has "MaxDequeueCount" | project TimeGenerated)'
  }
  {
    name: 'training-failed'
    title: 'A training failed'
    severity: 2
    every: 'PT30M'
    over: 'PT1H'
    query: 'AppMetrics | where Name == "lora.job.duration" and tostring(Properties["lora.job.kind"]) == "train" and tostring(Properties["lora.job.outcome"]) == "failed"'
  }
  {
    name: 'gpu-stuck'
    title: 'Jobs wait and the GPU finishes none'
    severity: 1
    every: 'PT30M'
    over: 'PT6H'
    query: 'AppMetrics | where Name in ("lora.jobs.submitted", "lora.job.duration") | summarize submitted = sumif(Sum, Name == "lora.jobs.submitted"), ended = sumif(ItemCount, Name == "lora.job.duration" and tostring(Properties["lora.job.outcome"]) in ("succeeded", "failed", "adopted")), last = maxif(TimeGenerated, Name == "lora.job.duration") | where submitted > ended and (isnull(last) or last < ago(2h))'
  }
]

module alertRules 'modules/alert.bicep' = [
  for alert in alerts: {
    name: 'alert-${alert.name}'
    params: {
      name: '${name}-${alert.name}'
      location: location
      tags: tags
      title: alert.title
      severity: alert.severity
      workspaceId: logs.outputs.id
      actionGroupId: people.outputs.id
      query: alert.query
      every: alert.every
      over: alert.over
    }
  }
]

module budget 'modules/budget.bicep' = if (!empty(alertEmails)) {
  params: { name: name, amount: monthlyBudget, start: budgetStart, emails: alertEmails }
}

module workbook 'modules/workbook.bicep' = {
  params: { name: name, location: location, tags: tags, workspaceId: logs.outputs.id }
}

output storageAccount string = storage.outputs.name
output blobUri string = storage.outputs.blobUri
output registryName string = registry.outputs.name
output registryServer string = registry.outputs.loginServer
output functionsApp string = app.outputs.name
output apiUrl string = app.outputs.url
output gpuJob string = empty(workerImage) ? '' : gpuJob!.outputs.name
output logsWorkspaceId string = logs.outputs.customerId
