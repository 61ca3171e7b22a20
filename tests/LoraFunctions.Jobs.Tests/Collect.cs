namespace LoraFunctions.Jobs.Tests;

/// <summary>Keeps every report, in order and on the caller's thread.</summary>
internal sealed class Collect(List<JobProgress> reports) : IProgress<JobProgress>
{
    public void Report(JobProgress value) => reports.Add(value);
}
