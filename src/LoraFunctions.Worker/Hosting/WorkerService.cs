using Microsoft.Extensions.Hosting;

namespace LoraFunctions.Worker.Hosting;

/// <summary>Runs the worker under the host, which tells it to stop on SIGTERM and Ctrl+C.</summary>
internal sealed class WorkerService(GpuWorker worker, WorkerMode mode, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (mode == WorkerMode.Loop)
        {
            await worker.RunLoopAsync(stoppingToken);
            return;
        }

        await worker.RunOnceAsync(stoppingToken);
        lifetime.StopApplication();
    }
}
