using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Progress;

/// <summary>Brings a person's word, <c>jobs/{jobId}/control.json</c>, to the file that training looks at before every step.</summary>
internal sealed class ControlWatcher : IAsyncDisposable
{
    private readonly BlobClient _blob;
    private readonly string _jobId;
    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private ETag? _seen;

    public ControlWatcher(BlobContainerClient jobs, string jobId, string file, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        _blob = jobs.GetBlobClient(BlobNames.JobControl(jobId));
        _jobId = jobId;
        _file = file;
        _time = time;
        _logger = logger;
        _watching = Task.Run(() => WatchAsync(interval));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync(TimeSpan interval)
    {
        try
        {
            while (true)
            {
                await LookAsync();
                await Task.Delay(interval, _time, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The job has ended.
        }
    }

    private async Task LookAsync()
    {
        try
        {
            var conditions = new BlobRequestConditions { IfNoneMatch = _seen };
            Response<BlobDownloadResult> found = await _blob.DownloadContentAsync(
                new BlobDownloadOptions { Conditions = conditions },
                _end.Token);
            if (found.GetRawResponse().Status == 304)
            {
                return;
            }

            // Under its name only when it is whole: training may look at any time.
            WholeFile.Write(_file, found.Value.Content.ToArray());
            _seen = found.Value.Details.ETag;
            WorkerLog.ControlTaken(_logger, _jobId);
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 304)
        {
            // Nobody has said anything, or nothing new.
        }
        catch (Exception exception) when (!_end.IsCancellationRequested)
        {
            WorkerLog.ControlFailed(_logger, _jobId, exception);
        }
    }
}
