using System.Diagnostics;
using Bastion.Audit.Masking;

namespace Bastion.Audit.Tests;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("mysql -u root -phunter2 orders", "mysql -u root -p[masked] orders")]
    [InlineData("mysqldump --password=hunter2 orders > x", "mysqldump --password=[masked] orders > x")]
    [InlineData("PGPASSWORD=hunter2 psql -h db", "PGPASSWORD=[masked] psql -h db")]
    [InlineData("export DB_PASSWORD='hunter 2'; run", "export DB_PASSWORD='[masked]'; run")]
    [InlineData("curl -H 'Authorization: Bearer abc.def-123' https://x",
        "curl -H 'Authorization: Bearer [masked]' https://x")]
    [InlineData("curl -u admin:hunter2 https://x/y", "curl -u admin:[masked] https://x/y")]
    [InlineData("git clone https://bob:hunter2@git.example/x.git", "git clone https://bob:[masked]@git.example/x.git")]
    [InlineData("aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG",
        "aws configure set aws_secret_access_key [masked]")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG aws s3 ls", "AWS_SECRET_ACCESS_KEY=[masked] aws s3 ls")]
    [InlineData("echo AKIAIOSFODNN7EXAMPLE", "echo [masked]")]
    [InlineData("vault login -token hvs.CAESIJlWh4FM", "vault login -token [masked]")]
    [InlineData("sshpass -p hunter2 ssh x", "sshpass -p [masked] ssh x")]
    [InlineData("redis-cli -h r -a hunter2 flushall", "redis-cli -h r -a [masked] flushall")]
    [InlineData("docker login -u bob -p hunter2 reg.example", "docker login -u bob -p [masked] reg.example")]
    [InlineData("echo 'root:hunter2' | chpasswd", "echo 'root:[masked]' | chpasswd")]
    [InlineData("echo hunter2 | sudo -S reboot", "echo [masked] | sudo -S reboot")]
    [InlineData("CREATE USER bob IDENTIFIED BY 'hunter2';", "CREATE USER bob IDENTIFIED BY [masked];")]
    [InlineData("ALTER ROLE bob WITH PASSWORD 'hunter2'", "ALTER ROLE bob WITH PASSWORD [masked]")]
    [InlineData("""{"user": "bob", "api_key": "hunter2", "n": 1}""",
        """{"user": "bob", "api_key": "[masked]", "n": 1}""")]
    [InlineData("openssl rsa -passin pass:hunter2 -in k", "openssl rsa -passin pass:[masked] -in k")]
    [InlineData("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln y", "x [masked] y")]
    [InlineData("TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345", "TOKEN=[masked]")]
    [InlineData("helm install x --set db.password=hunter2,replicas=3",
        "helm install x --set db.password=[masked],replicas=3")]
    public void A_secret_is_hidden_and_the_rest_stays(string text, string masked) =>
    Assert.Equal(masked, SecretMask.Of(text));

    [Fact]
    public void A_private_key_is_hidden_whole_also_when_it_is_cut()
    {
        const string Key =
            "cat > k <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXk=\n-----END OPENSSH PRIVATE KEY-----\nE";
        Assert.Equal("cat > k <<E\n-----BEGIN OPENSSH PRIVATE KEY-----[masked]-----END OPENSSH PRIVATE KEY-----\nE",
            SecretMask.Of(Key));
        Assert.DoesNotContain("b3Bl", SecretMask.Of(Key[..60]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rm -rf /var/lib/mysql")]
    [InlineData("mkdir -p /srv/a/b && cp -p x y")]
    [InlineData("passwd bob")]
    [InlineData("grep -i password /etc/app.conf")]
    [InlineData("ls /etc/secrets /run/tokens")]
    [InlineData("kubectl get secret db -o yaml")]
    [InlineData("mysql -u root -p -h db orders")]
    [InlineData("ssh -p 2222 host")]
    [InlineData("https://example.com:8080/x@y")]
    [InlineData("UPDATE users SET name = 'x' WHERE id = 3")]
    public void What_is_no_secret_is_left_alone(string text) => Assert.Same(text, SecretMask.Of(text));

    [Fact]
    public void Hostile_text_takes_time_in_proportion_to_its_length()
    {
        string text = string.Concat(Enumerable.Repeat("mysql password -p curl -u a:", 2000)) + new string('a', 60_000);
        long started = Stopwatch.GetTimestamp();
        SecretMask.Of(text);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }
}
