using System.Text.RegularExpressions;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>The Functions app is a thin shell around the pipeline: read from its sources, because not every feed can restore its packages.</summary>
public sealed partial class FunctionTests
{
    /// <summary>All its sources together.</summary>
    private const int MostLines = 400;

    public static TheoryData<string> Workflows => [.. PipelineCatalog.Workflows.Select(workflow => workflow.Name)];

    public static TheoryData<string> Activities => [.. PipelineCatalog.Activities.Select(activity => activity.Name)];

    [Fact]
    public void Sources_StayThin() =>
        FunctionsSource.Files.Sum(file => File.ReadLines(Repository.At(file)).Count()).ShouldBeInRange(1, MostLines);

    [Fact]
    public void Functions_AreOneExpressionEach() =>
        FunctionsSource.Functions.Where(function => function.Method.ExpressionBody is null).Select(function => function.ToString()).ShouldBeEmpty();

    [Fact]
    public void FunctionNames_AreConstantsOfThePipeline() =>
        FunctionsSource.Functions.Where(function => !FunctionsSource.Constant(function.NameExpression).IsPipelines)
            .Select(function => $"{function}: {function.NameExpression}").ShouldBeEmpty();

    [Fact]
    public void FunctionNames_AreGivenOnce() =>
        FunctionsSource.Functions.GroupBy(function => function.Name).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Workflow_HasOneOrchestratorWithItsTypes(string name)
    {
        var workflow = PipelineCatalog.Workflow(name);
        var function = FunctionsSource.Functions.Single(function => function.Name == name);
        var parameters = function.Method.ParameterList.Parameters;

        function.Binding("OrchestrationTrigger").ShouldNotBeNull($"{function} is no orchestrator")
            .Parameter.Type!.ToString().ShouldBe("TaskOrchestrationContext");
        parameters.Count.ShouldBe(2, "an orchestrator takes its context and its input, and nothing else is replayed");
        FunctionsSource.TypeName(parameters[1].Type!).ShouldBe(workflow.InputType.FullName);
        FunctionsSource.TypeName(function.Result.ShouldNotBeNull()).ShouldBe(workflow.OutputType.FullName);
    }

    [Theory]
    [MemberData(nameof(Activities))]
    public void Activity_HasOneFunctionWithItsTypes(string name)
    {
        var activity = PipelineCatalog.Activity(name);
        var function = FunctionsSource.Functions.Single(function => function.Name == name);
        var binding = function.Binding("ActivityTrigger").ShouldNotBeNull($"{function} is no activity");

        FunctionsSource.TypeName(binding.Parameter.Type!).ShouldBe(activity.InputType.FullName);
        FunctionsSource.TypeName(function.Result.ShouldNotBeNull()).ShouldBe(activity.OutputType.FullName);
    }

    [Fact]
    public void OrchestratorsAndActivities_AreThoseOfTheCatalogue()
    {
        NamesOf("OrchestrationTrigger").ShouldBe(PipelineCatalog.Workflows.Select(workflow => workflow.Name), ignoreOrder: true);
        NamesOf("ActivityTrigger").ShouldBe(PipelineCatalog.Activities.Select(activity => activity.Name), ignoreOrder: true);
    }

    [Fact]
    public void OtherFunctions_AreThePipelinesTriggers() =>
        FunctionsSource.Functions.Where(function => function.Binding("OrchestrationTrigger") is null && function.Binding("ActivityTrigger") is null)
            .Select(function => function.Name)
            .ShouldBe(typeof(TriggerNames).GetFields().Select(field => (string?)field.GetRawConstantValue()), ignoreOrder: true);

    [Fact]
    public void QueueTrigger_ListensToTheResultsInThePipelinesStorage()
    {
        var binding = Bindings("QueueTrigger").ShouldHaveSingleItem();

        FunctionsSource.Constant(binding[0]).ShouldBe((QueueNames.GpuResults, true));
        FunctionsSource.Constant(binding["Connection"]).ShouldBe((StorageOptions.Section, true));
    }

    [Fact]
    public void Timers_HaveASchedule()
    {
        Bindings("TimerTrigger").ShouldNotBeEmpty();
        foreach (var binding in Bindings("TimerTrigger"))
        {
            var (schedule, isPipelines) = FunctionsSource.Constant(binding[0]);
            isPipelines.ShouldBeTrue();
            schedule!.Split(' ').Length.ShouldBe(6, "the host's schedules begin with seconds");
        }
    }

    [Fact]
    public void HttpTriggers_HaveARouteAndWantAKey()
    {
        Bindings("HttpTrigger").Count.ShouldBeGreaterThanOrEqualTo(2);
        foreach (var binding in Bindings("HttpTrigger"))
        {
            binding[0].ToString().ShouldBe("AuthorizationLevel.Function");
            FunctionsSource.Constant(binding["Route"]).IsPipelines.ShouldBeTrue();
        }
    }

    [Fact]
    public void HttpTriggers_TakeWhatTheirRoutesName()
    {
        foreach (var function in FunctionsSource.Functions.Where(function => function.Binding("HttpTrigger") is not null))
        {
            var route = FunctionsSource.Constant(function.Binding("HttpTrigger")!["Route"]).Value!;
            RoutePart().Matches(route).Select(match => match.Groups["name"].Value)
                .Except(function.Method.ParameterList.Parameters.Select(parameter => parameter.Identifier.Text))
                .ShouldBeEmpty($"{function} does not take them");
        }
    }

    [Fact]
    public void DurablesAnalysers_AreErrors()
    {
        var project = Repository.Read($"{FunctionsSource.Folder}/{Repository.FunctionsProject}.csproj");
        project.ShouldContain("<PackageReference Include=\"Microsoft.DurableTask.Analyzers\"");
        Enumerable.Range(1, 11).Select(number => $"DURABLE{number:0000}").Concat(["DURABLE2001", "DURABLE2002"])
            .Where(rule => !project.Contains(rule, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\{(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoutePart();

    private static IReadOnlyList<FunctionBinding> Bindings(string trigger) =>
        [.. FunctionsSource.Functions.Select(function => function.Binding(trigger)).OfType<FunctionBinding>()];

    private static IEnumerable<string?> NamesOf(string trigger) =>
        FunctionsSource.Functions.Where(function => function.Binding(trigger) is not null).Select(function => function.Name);
}
