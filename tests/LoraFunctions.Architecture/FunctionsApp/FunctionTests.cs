using System.Text.Json;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Storage;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>
/// The Functions app is triggers and nothing else: what its build tells the host (<c>functions.metadata</c>) are the pipeline's constants.
/// Orchestrators and activities are not in there: the host learns of them from the running app, which registers the pipeline's classes.
/// </summary>
public sealed class FunctionTests
{
    public const string Folder = "src/" + Repository.FunctionsProject;

    /// <summary>All its sources together.</summary>
    private const int MostLines = 200;

    private static readonly IReadOnlyDictionary<string, JsonElement> Emitted = Read();

    [Fact]
    public void Sources_StayThin() =>
        Repository.Files(Folder, ".cs").Sum(file => File.ReadLines(Repository.At(file)).Count()).ShouldBeInRange(1, MostLines);

    [Fact]
    public void Functions_AreOneExpressionEach() =>
        FunctionMethods().Where(method => method.ExpressionBody is null).Select(method => Repository.Place(method)).ShouldBeEmpty();

    [Fact]
    public void Functions_AreThePipelinesTriggers() =>
        Emitted.Keys.ShouldBe(typeof(TriggerNames).GetFields().Select(field => (string)field.GetRawConstantValue()!), ignoreOrder: true);

    [Fact]
    public void Program_RegistersThePipelinesTasks() =>
        Repository.Read($"{Folder}/Program.cs").ShouldContain("builder.ConfigureDurableWorker().AddTasks(PipelineTasks.Add);");

    [Theory]
    [InlineData(TriggerNames.StartNight, TriggerSchedules.StartNight)]
    [InlineData(TriggerNames.PurgeHistory, TriggerSchedules.PurgeHistory)]
    public void Timer_HasThePipelinesSchedule(string function, string schedule)
    {
        Binding(function, "timerTrigger").GetProperty("schedule").GetString().ShouldBe(schedule);
        schedule.Split(' ').Length.ShouldBe(6, "the host's schedules begin with seconds");
    }

    [Theory]
    [InlineData(TriggerNames.TrainingsHttp, TriggerRoutes.Trainings)]
    [InlineData(TriggerNames.ComparisonsHttp, TriggerRoutes.Comparisons)]
    [InlineData(TriggerNames.NightsHttp, TriggerRoutes.Nights)]
    [InlineData(TriggerNames.LibraryHttp, TriggerRoutes.Library)]
    [InlineData(TriggerNames.UploadsHttp, TriggerRoutes.Uploads)]
    [InlineData(TriggerNames.OpenApiHttp, TriggerRoutes.OpenApi)]
    [InlineData(TriggerNames.HealthHttp, TriggerRoutes.Health, "Anonymous")]
    public void Http_HasThePipelinesRouteAndMethodsAndWantsAKey(string function, string route, string level = "Function")
    {
        var trigger = Binding(function, "httpTrigger");
        trigger.GetProperty("route").GetString().ShouldBe(route);
        trigger.GetProperty("authLevel").GetString().ShouldBe(level);

        // Every method of the document's paths below the trigger's route comes through, and no other.
        var paths = JsonDocument.Parse(Repository.Read("infra/openapi.json")).RootElement.GetProperty("paths");
        var prefix = $"/{LoraApi.Prefix}/{route.Split('/')[0]}";
        var methods = paths.EnumerateObject().Where(path => path.Name == prefix || path.Name.StartsWith(prefix + "/", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => operation.Name)).Distinct();
        trigger.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!).ShouldBe(methods, ignoreOrder: true);
    }

    [Theory]
    [InlineData(TriggerNames.RaiseJobEvent, QueueNames.GpuResults)]
    [InlineData(TriggerNames.MarkListing, QueueNames.ListingChanges)]
    public void Queue_IsThePipelinesInItsStorage(string function, string queue)
    {
        var trigger = Binding(function, "queueTrigger");
        trigger.GetProperty("queueName").GetString().ShouldBe(queue);
        trigger.GetProperty("connection").GetString().ShouldBe(StorageOptions.Section);
    }

    [Fact]
    public void Functions_HaveTheEnginesClient() =>
        Emitted.Where(function => function.Key != TriggerNames.MarkListing && Bindings(function.Value).All(binding => binding.GetProperty("type").GetString() != "durableClient"))
            .Select(function => function.Key)
            .ShouldBeEmpty();

    [Fact]
    public void DurablesAnalysers_AreErrorsWhereTheOrchestratorsLive()
    {
        var project = Repository.Read("src/LoraFunctions.Pipeline/LoraFunctions.Pipeline.csproj");
        project.ShouldContain("<PackageReference Include=\"Microsoft.DurableTask.Analyzers\"");
        Enumerable.Range(1, 11).Select(number => $"DURABLE{number:0000}").Concat(["DURABLE2001", "DURABLE2002", "DURABLE2003", "DURABLE2004"])
            .Where(rule => !project.Contains(rule, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static JsonElement Binding(string function, string type) =>
        Bindings(Emitted[function]).Single(binding => binding.GetProperty("type").GetString() == type);

    private static IEnumerable<JsonElement> Bindings(JsonElement function) => function.GetProperty("bindings").EnumerateArray();

    private static IEnumerable<MethodDeclarationSyntax> FunctionMethods() =>
        from file in Repository.Files(Folder, ".cs")
        from method in Repository.Parse(file).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "Function" or "FunctionAttribute")
        select method;

    /// <summary>Of the app's build in our own configuration: the project file says that it comes first.</summary>
    private static Dictionary<string, JsonElement> Read()
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        var framework = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var metadata = JsonDocument.Parse(Repository.Read($"{Folder}/bin/{configuration}/{framework}/functions.metadata"));
        return metadata.RootElement.EnumerateArray().ToDictionary(function => function.GetProperty("name").GetString()!);
    }
}
