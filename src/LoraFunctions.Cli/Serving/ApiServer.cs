using System.Net;
using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Cli.Serving;

/// <summary>
/// The HTTP interface on loopback. A web page that this machine's browser shows can send requests here, so the token is asked for each, the name
/// must be this machine's own, and an origin, where a browser names one, too.
/// </summary>
internal sealed partial class ApiServer : IAsyncDisposable
{
    private readonly LoraApi _api;
    private readonly DurableTaskClient _engine;
    private readonly byte[] _token;
    private readonly ILogger _logger;
    private readonly WebApplication _app;
    private string[] _hosts = [];

    private ApiServer(LoraApi api, DurableTaskClient engine, int port, string token, ILogger logger)
    {
        (_api, _engine, _token, _logger) = (api, engine, Encoding.UTF8.GetBytes($"Bearer {token}"), logger);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // the interface has a limit of its own, and says which
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <param name="port">0: a free one.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ApiServer> StartAsync(LoraApi api, DurableTaskClient engine, int port, string token, ILogger logger)
    {
        var server = new ApiServer(api, engine, port, token, logger);
        await server._app.StartAsync();
        string address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Address = new Uri(address);
        server._hosts = [$"127.0.0.1:{server.Address.Port}", $"localhost:{server.Address.Port}"];
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        ApiResult result = await ResultAsync(context);
        HttpResponse response = context.Response;
        response.StatusCode = result.StatusCode;
        response.Headers.CacheControl = "no-store";
        if (result.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (result.Location is { } location)
        {
            response.Headers.Location = new Uri(Address, location).AbsoluteUri;
        }

        if (result.ETag is { } etag)
        {
            response.Headers.ETag = etag;
        }

        if (result.Body is { } body)
        {
            response.ContentType = result.ContentType;
            await response.WriteAsync(ContractJson.Serialize(body), context.RequestAborted);
        }
    }

    private async Task<ApiResult> ResultAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!_hosts.Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase))
        {
            return Problem(StatusCodes.Status421MisdirectedRequest, "This is another host.", $"It answers as {string.Join(" and ", _hosts)}.");
        }

        if (request.Headers.Origin is [{ } origin, ..] && !_hosts.Any(host => origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase)))
        {
            return Problem(StatusCodes.Status403Forbidden, "Pages of others may not ask here.", "The header Origin names another address.");
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), _token))
        {
            return Problem(StatusCodes.Status401Unauthorized, "The token is missing or wrong.", "'lora serve' printed it when it started; send 'Authorization: Bearer TOKEN'.");
        }

        try
        {
            string? Header(string name) => request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;
            var url = new Uri(Address, request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget);
            return await _api.AnswerAsync(new ApiRequest(request.Method, url, Header, request.Body), _engine, context.RequestAborted);
        }
        catch (BadHttpRequestException exception)
        {
            return Problem(exception.StatusCode, "The request cannot be read.", exception.Message);
        }
        catch (UriFormatException exception)
        {
            return Problem(StatusCodes.Status400BadRequest, "The request cannot be read.", exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Failed(_logger, request.Method, request.Path, exception);
            return StorageFaults.IsTransient(exception)
                ? Problem(StatusCodes.Status503ServiceUnavailable, "The storage does not answer.", "Try again in a moment.")
                : Problem(StatusCodes.Status500InternalServerError, "Something went wrong.", "The log says what.");
        }
    }

    private static ApiResult Problem(int status, string title, string detail) => new(status, new ApiProblem(title, status, detail, null));

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed.")]
    private static partial void Failed(ILogger logger, string method, string path, Exception exception);
}
