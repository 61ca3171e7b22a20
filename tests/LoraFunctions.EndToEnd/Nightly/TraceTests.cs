using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>The trace that a local night exports to a file: from its beginning to the pictures in the library.</summary>
public sealed partial class TraceTests(PeacefulNight peaceful) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await peaceful.EnsureAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void Night_ItsTrace_HasOneRootAndEveryJobBelowIt()
    {
        Span[] spans = [.. File.ReadLines(Path.Combine(peaceful.Folder, "night.trace.jsonl")).Select(Span.Of)];
        Dictionary<string, Span> byId = spans.ToDictionary(span => span.Id, StringComparer.Ordinal);

        spans.Select(span => span.Trace).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        Span root = spans.Where(span => span.Parent is null).ShouldHaveSingleItem();
        root.Name.ShouldBe("night");
        root.Attributes["lora.night.date"].ShouldBe(PeacefulNight.Date);
        spans.Where(span => span.Parent is not null && !byId.ContainsKey(span.Parent)).Select(span => span.Name).ShouldBeEmpty("every parent was exported");

        // The log is another witness of the jobs.
        string[] jobs = [.. JobId().Matches(File.ReadAllText(Path.Combine(peaceful.Folder, "night.log"))).Select(match => match.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        jobs.Select(job => job.Split('-')[0]).Distinct(StringComparer.Ordinal).ShouldBe(["label", "render", "train"]);
        Span[] worked = [.. spans.Where(span => span.Name == "process gpu-jobs")];
        worked.Select(span => span.Attributes["lora.job.id"]).Order(StringComparer.Ordinal).ShouldBe(jobs);
        foreach (Span span in worked)
        {
            span.Attributes["lora.job.outcome"].ShouldBe("succeeded");
            Span sent = byId[span.Parent!];
            sent.Name.ShouldBe("send gpu-jobs");
            sent.Attributes["lora.job.id"].ShouldBe(span.Attributes["lora.job.id"]);
        }

        spans.ShouldContain(span => span.Name == "activity:PublishNight");
        foreach (Span span in spans)
        {
            span.Start.ShouldBeGreaterThanOrEqualTo(root.Start, span.Name);
            span.End.ShouldBeLessThanOrEqualTo(root.End, span.Name);
        }
    }

    [GeneratedRegex("\\b(label|train|render)-[0-9a-f]{32}\\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex JobId();

    /// <summary>As OTLP's JSON has it.</summary>
    private sealed record Span(string Trace, string Id, string? Parent, string Name, long Start, long End, IReadOnlyDictionary<string, string> Attributes)
    {
        public static Span Of(string line)
        {
            JsonNode span = JsonNode.Parse(line)!["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!;
            return new Span(
                (string)span["traceId"]!,
                (string)span["spanId"]!,
                (string?)span["parentSpanId"],
                (string)span["name"]!,
                long.Parse((string)span["startTimeUnixNano"]!, System.Globalization.CultureInfo.InvariantCulture),
                long.Parse((string)span["endTimeUnixNano"]!, System.Globalization.CultureInfo.InvariantCulture),
                span["attributes"]!.AsArray().ToDictionary(
                    attribute => (string)attribute!["key"]!,
                    attribute => attribute!["value"]!.AsObject().First().Value!.ToString(),
                    StringComparer.Ordinal));
        }
    }
}
