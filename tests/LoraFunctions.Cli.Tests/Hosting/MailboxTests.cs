using LoraFunctions.Cli.Hosting;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Hosting;

public sealed class MailboxTests
{
    [Fact]
    public async Task Put_NobodyWaits_IsKeptInOrder()
    {
        var mailbox = new Mailbox();
        mailbox.Put("done-1", "1");
        mailbox.Put("done-1", "2");
        (await mailbox.TakeAsync("done-1", CancellationToken.None)).ShouldBe("1");
        (await mailbox.TakeAsync("done-1", CancellationToken.None)).ShouldBe("2");
    }

    [Fact]
    public async Task Put_OtherName_WakesNobodyElse()
    {
        var mailbox = new Mailbox();
        Task<string> wait = mailbox.TakeAsync("done-2", CancellationToken.None);
        mailbox.Put("done-1", "1");
        wait.IsCompleted.ShouldBeFalse();
        mailbox.Put("done-2", "2");
        (await wait).ShouldBe("2");
    }

    [Fact]
    public async Task Put_WaitWasCancelled_GoesToTheNextWait()
    {
        var mailbox = new Mailbox();
        using var cancellation = new CancellationTokenSource();
        Task<string> first = mailbox.TakeAsync("done-1", cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);

        mailbox.Put("done-1", "1");
        (await mailbox.TakeAsync("done-1", CancellationToken.None)).ShouldBe("1");
    }
}
