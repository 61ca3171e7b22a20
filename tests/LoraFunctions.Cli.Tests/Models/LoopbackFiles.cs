using System.Net;
using System.Net.Sockets;

namespace LoraFunctions.Cli.Tests.Models;

/// <summary>A small HTTP server on this machine that serves one file with ranges, and can break off in the middle.</summary>
internal sealed class LoopbackFiles : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public LoopbackFiles(byte[] content)
    {
        Content = content;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    public byte[] Content { get; set; }

    public bool SupportsRanges { get; set; } = true;

    /// <summary>How many requests are broken off after half of what they ask for.</summary>
    public int BreakOff { get; set; }

    /// <summary>First byte asked for, a request each.</summary>
    public List<long> Starts { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Answer(context);
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var response = context.Response;
        var start = 0L;
        if (context.Request.Headers["Range"] is { } range)
        {
            start = long.Parse(range["bytes=".Length..].TrimEnd('-'));
        }

        Starts.Add(start);
        if (context.Request.Url!.AbsolutePath != "/model.bin")
        {
            response.StatusCode = 404;
            response.Close();
            return;
        }

        if (start >= Content.Length)
        {
            response.StatusCode = 416;
            response.Close();
            return;
        }

        if (start > 0 && SupportsRanges)
        {
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {start}-{Content.Length - 1}/{Content.Length}";
        }
        else
        {
            start = 0;
        }

        var body = Content.AsSpan((int)start);
        response.ContentLength64 = body.Length;
        if (BreakOff-- > 0)
        {
            response.OutputStream.Write(body[..(body.Length / 2)]);
            response.OutputStream.Flush();
            response.Abort();
            return;
        }

        response.OutputStream.Write(body);
        response.Close();
    }
}
