using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraFunctions.Contracts;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.Infra;

/// <summary>The compiled template keeps its rules, and every rule notices when a line that it is about is broken.</summary>
public sealed partial class TemplateTests
{
    private delegate IEnumerable<string> Rule(Arm arm);

    private static readonly Dictionary<string, Rule> s_rules = new(StringComparer.Ordinal)
    {
        [nameof(TemplateRules.NoPublicContainer)] = TemplateRules.NoPublicContainer,
        [nameof(TemplateRules.NoSharedKey)] = TemplateRules.NoSharedKey,
        [nameof(TemplateRules.NoSecretInOutputs)] = TemplateRules.NoSecretInOutputs,
        [nameof(TemplateRules.WorkerWritesItsJobsOnly)] = TemplateRules.WorkerWritesItsJobsOnly,
        [nameof(TemplateRules.MarketingReadsPicturesOnly)] = TemplateRules.MarketingReadsPicturesOnly,
        [nameof(TemplateRules.EverythingOfTheLayoutIsThere)] = TemplateRules.EverythingOfTheLayoutIsThere,
        [nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt)] = TemplateRules.ScalerIsAsTheWorkerNeedsIt,
    };

    public static TheoryData<string> Rules => [.. s_rules.Keys];

    /// <summary>Rule, where (names and indices from the template's root, a module's inner template after '>'), and what is put there; null removes it.</summary>
    public static TheoryData<string, string, string?> Breaks => new()
    {
        { nameof(TemplateRules.NoPublicContainer), "storage>0/properties/allowBlobPublicAccess", "true" },
        { nameof(TemplateRules.NoPublicContainer), "storage>0/properties/allowBlobPublicAccess", null },
        { nameof(TemplateRules.NoPublicContainer), "containers>0/properties/publicAccess", "\"Blob\"" },
        { nameof(TemplateRules.NoPublicContainer), "containers>0/properties/publicAccess", null },
        { nameof(TemplateRules.NoSharedKey), "storage>0/properties/allowSharedKeyAccess", "true" },
        { nameof(TemplateRules.NoSharedKey), "storage>0/properties/allowSharedKeyAccess", null },
        { nameof(TemplateRules.NoSharedKey), "registry>0/properties/adminUserEnabled", "true" },
        { nameof(TemplateRules.NoSharedKey), "insights>0/properties/DisableLocalAuth", "false" },
        { nameof(TemplateRules.NoSharedKey), "gpuJob>0/properties/template/containers/0/env/0/value", "\"[listKeys(parameters('account'), '2024-01-01').keys[0].value]\"" },
        { nameof(TemplateRules.NoSharedKey), "app>0/properties", "\"[createObject('AzureWebJobsStorage', parameters('blobUri'))]\"" },
        { nameof(TemplateRules.NoSecretInOutputs), "outputs/apiUrl/value", "\"[listKeys('x', '2024-01-01').keys[0].value]\"" },
        { nameof(TemplateRules.NoSecretInOutputs), "outputs/telemetry", """{"type":"string","value":"[reference('insights').outputs.connectionString.value]"}""" },
        { nameof(TemplateRules.WorkerWritesItsJobsOnly), "variables/workerWrites/0", "\"vehicle-photos\"" },
        { nameof(TemplateRules.WorkerWritesItsJobsOnly), "variables/workerWrites/1", "\"asset-library\"" },
        { nameof(TemplateRules.WorkerWritesItsJobsOnly), "resources/workerReading/properties/parameters/roleId/value", "\"[variables('roles').blobContributor]\"" },
        { nameof(TemplateRules.WorkerWritesItsJobsOnly), "resources/workerReading/properties/parameters/roleId/value", "\"[variables('roles').blobOwner]\"" },
        { nameof(TemplateRules.WorkerWritesItsJobsOnly), "resources/workerReading/properties/parameters/containers", null },
        { nameof(TemplateRules.MarketingReadsPicturesOnly), "variables/assets/1", "\"loras\"" },
        { nameof(TemplateRules.MarketingReadsPicturesOnly), "resources/marketing/properties/parameters/roleId/value", "\"[variables('roles').blobContributor]\"" },
        { nameof(TemplateRules.EverythingOfTheLayoutIsThere), "variables/assets/0", "\"pictures\"" },
        { nameof(TemplateRules.EverythingOfTheLayoutIsThere), "variables/resultQueue", "\"results\"" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/triggerType", "\"Schedule\"" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/scale/rules/0/type", "\"azure-servicebus\"" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/scale/rules/0/metadata/queueLength", "\"5\"" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/scale/rules/0/identity", null },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/scale/minExecutions", "1" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/scale/maxExecutions", "10" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/eventTriggerConfig/parallelism", "2" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/replicaRetryLimit", "3" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "gpuJob>0/properties/configuration/replicaTimeout", "1800" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "parameters/gpuJobLimit/defaultValue", "1800" },
        { nameof(TemplateRules.ScalerIsAsTheWorkerNeedsIt), "variables/jobQueue", "\"jobs\"" },
    };

    [Fact]
    public void Main_Compiled_NothingIsSaid() => Bicep.Said.ShouldBeEmpty();

    [Theory]
    [InlineData("dev.bicepparam")]
    [InlineData("prod.bicepparam")]
    public void Parameters_Compiled_NothingIsSaid(string file) => Bicep.Run("build-params", file, "--stdout").Said.ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Rules))]
    public void Template_KeepsTheRule(string rule) => s_rules[rule](new Arm(Bicep.Template())).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Breaks))]
    public void Rule_ItsLineIsBroken_IsNoticed(string rule, string place, string? value)
    {
        var template = Bicep.Template();
        Break(template, place, value);

        s_rules[rule](new Arm(template)).ShouldNotBeEmpty();
    }

    [Fact]
    public void Breaks_AreThereForEveryRule() => Breaks.Select(row => row.Data.Item1).Distinct(StringComparer.Ordinal).ShouldBe(s_rules.Keys, ignoreOrder: true);

    [Fact]
    public void Modules_MakeOneResourceEach()
    {
        var strays =
            from file in Repository.Files("infra/modules", ".bicep")
            let made = Declaration().Matches(Repository.Read(file)).Select(match => match.Groups["type"].Value).ToList()

            // A role, a DNS name and an app's own settings are nothing without what they belong to.
            let main = made.Where(type => type is not ("Microsoft.Authorization/roleAssignments" or "Microsoft.Network/privateDnsZones")).ToList()
            where main.Count > 1 || made.Count == 0
            select $"{file}: {string.Join(", ", made)}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void AppSettings_NameOptionsTheCodeReads()
    {
        var sources = Repository.Files("src", ".cs").Select(Repository.Read).ToList();
        var names = TemplateRules.Settings(new Arm(Bicep.Template())).Concat(WorkerSetting().Matches(Repository.Read("infra/modules/gpu-job.bicep")).Select(match => match.Groups["name"].Value));
        names.Where(name => name.StartsWith("LoraStorage__", StringComparison.Ordinal) || name.StartsWith("Worker__", StringComparison.Ordinal))
            .Where(name => name != "LoraStorage__credential")
            .Where(name => !sources.Any(source =>
                source.Contains($"const string Section = \"{name.Split("__")[0]}\"", StringComparison.Ordinal)
                && source.Contains($" {char.ToUpperInvariant(name.Split("__")[1][0])}{name.Split("__")[1][1..]} {{ get;", StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    /// <summary>What alerts and workbook ask for is what the code counts.</summary>
    [Theory]
    [InlineData("infra/main.bicep")]
    [InlineData("infra/workbook.json")]
    public void Queries_NameWhatTheCodeMeasures(string file)
    {
        var sources = string.Concat(Repository.Files("src", ".cs").Select(Repository.Read));
        var asked = Measured().Matches(Repository.Read(file)).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToList();
        asked.ShouldNotBeEmpty();

        // A job's own numbers are named by the job, without the prefix.
        asked.Where(name => !sources.Contains($"\"{name}\"", StringComparison.Ordinal) && !sources.Contains($"[\"{name["lora.job.".Length..]}\"]", StringComparison.Ordinal))
            .Where(name => name != "lora.job.bleed").ShouldBeEmpty();
    }

    [Fact]
    public void Workbook_IsJsonOfQueriesWithTitles() =>
        JsonNode.Parse(Repository.Read("infra/workbook.json"))!["items"]!.AsArray()
            .Where(item => (int)item!["type"]! == 3)
            .Where(item => $"{item!["content"]!["query"]}".Length == 0 || $"{item["content"]!["title"]}".Length == 0)
            .ShouldBeEmpty();

    private static void Break(JsonNode template, string place, string? value)
    {
        var parts = place.Split('>');
        var at = parts.Length == 1 ? template : Arm.Inner(new Arm(template).Module(parts[0]))["resources"]!;
        var steps = parts[^1].Split('/');
        foreach (var step in steps[..^1])
        {
            at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        }

        if (at is JsonArray list)
        {
            var index = int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture);
            while (list.Count <= index)
            {
                list.Add(null);
            }

            list[index] = JsonNode.Parse(value!);
        }
        else if (value is null)
        {
            at.AsObject().Remove(steps[^1]).ShouldBeTrue();
        }
        else
        {
            at.AsObject()[steps[^1]] = JsonNode.Parse(value);
        }
    }

    [GeneratedRegex(@"^resource \w+ '(?<type>[\w./]+)@[^']+' = (?!existing)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"name: '(?<name>\w+__\w+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WorkerSetting();

    [GeneratedRegex(@"(?<![\w.])lora\.[a-z_.]+[a-z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Measured();
}
