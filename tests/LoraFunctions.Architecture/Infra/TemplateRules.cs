using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraFunctions.Contracts;

namespace LoraFunctions.Architecture.Infra;

/// <summary>What must hold for the compiled template. Each rule names everything that breaks it.</summary>
internal static partial class TemplateRules
{
    private const string Account = "Microsoft.Storage/storageAccounts";

    private static readonly string[] s_writers = ["blobOwner", "blobContributor"];

    public static IEnumerable<string> NoPublicContainer(Arm arm) =>
    [
        .. arm.Resources(Account).Where(account => (bool?)account["properties"]!["allowBlobPublicAccess"] != false).Select(_ => "the account allows public blobs"),
        .. arm.Resources($"{Account}/blobServices/containers").Where(container => (string?)container["properties"]?["publicAccess"] != "None").Select(_ => "containers are public"),
    ];

    public static IEnumerable<string> NoSharedKey(Arm arm) =>
    [
        .. arm.Resources(Account).Where(account => (bool?)account["properties"]!["allowSharedKeyAccess"] != false).Select(_ => "the account takes shared keys"),
        .. arm.Resources("Microsoft.ContainerRegistry/registries").Where(registry => (bool?)registry["properties"]!["adminUserEnabled"] != false).Select(_ => "the registry has an admin user"),
        .. arm.Resources("Microsoft.Insights/components").Where(component => (bool?)component["properties"]!["DisableLocalAuth"] != true).Select(_ => "telemetry is taken without an identity"),
        .. arm.Templates.SelectMany(template => KeyCall().Matches(template.ToJsonString()).Select(call => $"a key is asked for: {call.Value}")),
        .. Settings(arm).Where(name => name is "AzureWebJobsStorage" or "LoraStorage" || name.EndsWith("ConnectionString", StringComparison.Ordinal)).Select(name => $"the app is given {name}"),
    ];

    public static IEnumerable<string> NoSecretInOutputs(Arm arm) =>
        arm.Outputs.Where(output => SecretWord().IsMatch(output.Key) || SecretWord().IsMatch(output.Value!.ToJsonString())).Select(output => $"output {output.Key}");

    /// <summary>Photos, configuration and models are read by the worker and written by people; LoRAs and pictures are published by the app.</summary>
    public static IEnumerable<string> WorkerWritesItsJobsOnly(Arm arm)
    {
        foreach (var (name, module) in arm.Modules.Where(module => $"{Arm.Given(module.Value, "principalId")}".Contains("'workerIdentity'", StringComparison.Ordinal)))
        {
            var role = arm.Variables["roles"]!.AsObject().Single(role => (string?)role.Value == arm.Texts(Arm.Given(module, "roleId")).Single()).Key;
            var containers = arm.Texts(Arm.Given(module, "containers"));
            var isNarrow = containers.Count > 0 || arm.Texts(Arm.Given(module, "queues")).Count > 0
                || Arm.Given(module, "registry") is not null || Arm.Given(module, "insights") is not null;
            if (!isNarrow)
            {
                yield return $"{name}: {role} on the whole account";
            }

            foreach (var container in s_writers.Contains(role) ? containers.Except([ContainerNames.Jobs]) : [])
            {
                yield return $"{name}: {role} on {container}";
            }
        }
    }

    public static IEnumerable<string> MarketingReadsPicturesOnly(Arm arm)
    {
        var module = arm.Module("marketing");
        var given = $"{string.Join(' ', arm.Texts(Arm.Given(module, "containers")))} {Arm.Given(module, "roleId")}";
        return given == $"{ContainerNames.AssetLibrary} [variables('roles').blobReader]" ? [] : [given];
    }

    public static IEnumerable<string> EverythingOfTheLayoutIsThere(Arm arm)
    {
        var containers = $"{Arm.Given(arm.Module("containers"), "names")}";
        var named = VariableName().Matches(containers).SelectMany(match => arm.Texts(arm.Variables[match.Groups["name"].Value]));
        var queues = arm.Texts(Arm.Given(arm.Module("queues"), "names"));
        return ContainerNames.All.Except(named).Concat(new[] { QueueNames.GpuJobs, QueueNames.GpuResults, QueueNames.ListingChanges }.Except(queues)).Select(name => $"{name} is not made");
    }

    /// <summary>One message, one execution; the message stays while it runs, the worker owns its retries, and no training is cut off after half an hour.</summary>
    public static IEnumerable<string> ScalerIsAsTheWorkerNeedsIt(Arm arm)
    {
        var module = arm.Module("gpuJob");
        var configuration = arm.Resources("Microsoft.App/jobs").Single()["properties"]!["configuration"]!;
        var trigger = configuration["eventTriggerConfig"]!;
        var rule = trigger["scale"]!["rules"]!.AsArray().Single()!;
        var facts = new Dictionary<string, bool>(StringComparer.Ordinal)
        {
            ["triggerType is not Event"] = (string?)configuration["triggerType"] == "Event",
            ["the rule is not azure-queue"] = (string?)rule["type"] == "azure-queue",
            ["queueLength is not 1"] = (string?)rule["metadata"]!["queueLength"] == "1",
            ["the rule asks with a key"] = $"{rule["identity"]}".Contains("identityId", StringComparison.Ordinal) && rule["auth"] is null,
            ["it looks at another queue"] = arm.Texts(Arm.Given(module, "queue")) is [QueueNames.GpuJobs] && $"{rule["metadata"]!["queueName"]}" == "[parameters('queue')]",
            ["parallelism is not 1"] = (int?)trigger["parallelism"] == 1,
            ["an execution is tried again"] = (int?)configuration["replicaRetryLimit"] == 0,
            ["idle executions are kept"] = (int?)trigger["scale"]!["minExecutions"] == 0,
            ["the number of GPUs is no parameter"] = $"{Arm.Given(module, "maxParallel")}" == "[parameters('maxParallelGpuJobs')]" && $"{trigger["scale"]!["maxExecutions"]}" == "[parameters('maxParallel')]",
            ["an execution ends before a training does"] = (int)arm.Parameters["gpuJobLimit"]!["defaultValue"]! >= 6 * 3600 && $"{configuration["replicaTimeout"]}" == "[parameters('executionLimitSeconds')]",
        };
        return facts.Where(fact => !fact.Value).Select(fact => fact.Key);
    }

    /// <summary>Names of the app's settings.</summary>
    public static IEnumerable<string> Settings(Arm arm) =>
        arm.Resources("Microsoft.Web/sites/config").Where(config => $"{config["name"]}".Contains("'appsettings'", StringComparison.Ordinal))
            .SelectMany(config => SettingName().Matches($"{config["properties"]}")).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"\blist(Keys|AccountSas|ServiceSas|Credentials|Secrets|ConnectionStrings)?\(|AccountKey=|SharedAccess", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyCall();

    [GeneratedRegex(@"key|secret|password|token|connectionString|\blist\w*\(", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretWord();

    [GeneratedRegex(@"variables\('(?<name>\w+)'\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();

    [GeneratedRegex(@"'(?<name>\w+)', (parameters|format|')", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingName();
}
