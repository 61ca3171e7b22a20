using 'main.bicep'

// Hundreds of car models between 02:00 and 08:00: four GPUs, storage in three zones and off the internet.
param environmentName = 'prod'
param gpu = 'A100'
param maxParallelGpuJobs = 4
param storageSku = 'Standard_ZRS'
param privateNetworking = true
param workerImage = readEnvironmentVariable('LORA_WORKER_IMAGE', '')
param operatorsGroupId = readEnvironmentVariable('LORA_OPERATORS_GROUP', '')
param marketingGroupId = readEnvironmentVariable('LORA_MARKETING_GROUP', '')
param apiClientId = readEnvironmentVariable('LORA_API_CLIENT', '')
param alertEmails = empty(readEnvironmentVariable('LORA_ALERT_EMAIL', '')) ? [] : [readEnvironmentVariable('LORA_ALERT_EMAIL', '')]
param monthlyBudget = 3000
param logsDailyCapGb = 5
