using 'main.bicep'

// A few car models, one small GPU, nothing that costs while it waits.
param environmentName = 'dev'
param gpu = 'T4'
param maxParallelGpuJobs = 1
param workerImage = readEnvironmentVariable('LORA_WORKER_IMAGE', '')
param operatorsGroupId = readEnvironmentVariable('LORA_OPERATORS_GROUP', '')
param marketingGroupId = readEnvironmentVariable('LORA_MARKETING_GROUP', '')
param apiClientId = readEnvironmentVariable('LORA_API_CLIENT', '')
param alertEmails = empty(readEnvironmentVariable('LORA_ALERT_EMAIL', '')) ? [] : [readEnvironmentVariable('LORA_ALERT_EMAIL', '')]
param monthlyBudget = 100
param nightSettings = {
  Nightly__MinPhotos: '50'
}
