using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace LoraFunctions.Support;

/// <summary>
/// A transport for the storage clients that lets requests fail, hang, arrive twice or late by plan, below everything that retries or gives up:
/// what is tested meets a fault as it would meet it in the field. It also keeps what was sent.
/// </summary>
/// <example><c>StorageClients.Blobs(options, transport.Use)</c></example>
public sealed class FaultyTransport : HttpPipelineTransport
{
    private readonly Lock _lock = new();
    private readonly List<Plan> _plans = [];
    private readonly List<string> _sent = [];
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;

    /// <summary>Every request that reached this transport, e.g. <c>PUT /account/container/blob?comp=lease</c>.</summary>
    public IReadOnlyList<string> Sent
    {
        get
        {
            lock (_lock)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>Requests that a plan has met.</summary>
    public int Met { get; private set; }

    /// <summary>Requests that are on their way to the service: a clock that moved now would count real time as well.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>When the clients give up a request that hangs; null: when their own patience ends.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>The clients' tries follow each other at once.</summary>
    public void Use(ClientOptions options)
    {
        options.Transport = this;
        options.Retry.Mode = RetryMode.Fixed;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
    }

    /// <summary>The clients try once: every fault reaches the code that is tested.</summary>
    public void UseWithoutRetries(ClientOptions options)
    {
        Use(options);
        options.Retry.MaxRetries = 0;
    }

    /// <summary>Plans a fault for requests of a kind.</summary>
    /// <param name="which">Of a request as <see cref="Sent"/> shows it; null: any.</param>
    /// <param name="after">So many of them pass before.</param>
    /// <param name="times">So many of them meet it, then they pass again.</param>
    public FaultyTransport On(Func<string, bool>? which, Fault fault, int after = 0, int times = 1)
    {
        lock (_lock)
        {
            _plans.Add(new Plan(which ?? (_ => true), fault, after, times));
        }

        return this;
    }

    /// <summary>Lets late requests go on their way.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Forgets every plan; what is late from now on waits for another <see cref="Release"/>.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _plans.Clear();
            _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => ProcessAsync(message).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        switch (Next(message.Request))
        {
            case Fault.Refused:
                throw new RequestFailedException(0, "Connection refused", null, new HttpRequestException("Connection refused"));
            case Fault.Unauthenticated:
                throw new AuthenticationFailedException("ManagedIdentityCredential authentication failed: no identity answers");
            case Fault.Busy:
                message.Response = new BusyResponse(message.Request.ClientRequestId);
                break;
            case Fault.AnswerLost:
                await PassAsync(message);
                message.Response.Dispose();
                throw new IOException("The response ended prematurely.");
            case Fault.Twice:
                await PassAsync(message);
                message.Response.Dispose();
                await PassAsync(message);
                break;
            case Fault.Hangs:
                await Task.Delay(Patience ?? Timeout.InfiniteTimeSpan, message.CancellationToken);
                throw new TaskCanceledException("The operation was cancelled because it exceeded the configured timeout.");
            case Fault.Late:
                await _released.Task;
                var later = new HttpMessage(message.Request, message.ResponseClassifier);
                await PassAsync(later);
                message.Response = later.Response;
                break;
            default:
                await PassAsync(message);
                break;
        }
    }

    private async ValueTask PassAsync(HttpMessage message)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            await HttpClientTransport.Shared.ProcessAsync(message);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private Fault? Next(Request request)
    {
        string sent = $"{request.Method} {request.Uri.ToUri().PathAndQuery}";
        lock (_lock)
        {
            _sent.Add(sent);
            Plan? plan = _plans.Find(plan => plan.Takes(sent));
            Met += plan is null ? 0 : 1;
            return plan?.Fault;
        }
    }

    private sealed class Plan(Func<string, bool> which, Fault fault, int after, int times)
    {
        private int _seen;

        public Fault Fault => fault;

        public bool Takes(string sent)
        {
            if (!which(sent))
            {
                return false;
            }

            _seen++;
            return _seen > after && _seen - after <= times;
        }
    }

    private sealed class BusyResponse(string requestId) : Response
    {
        public override int Status => 503;

        public override string ReasonPhrase => "Server busy";

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = requestId;

        public override void Dispose()
        {
            // It has nothing.
        }

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = null;
            return false;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = null;
            return false;
        }
    }
}
